package io.wunderproxy.cli;

import io.wunderproxy.options.Amounts;
import java.time.Duration;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads times like {@code 500ms}, {@code 30s}, {@code 5m} or {@code 1h}. */
public final class DurationConverter implements ITypeConverter<Duration> {

    @Override
    public Duration convert(String value) {
        return Amounts.time(value)
                .orElseThrow(() -> new TypeConversionException("'" + value + "' is not a time like 500ms, 30s or 5m"));
    }
}
