package io.wunderproxy.cli;

import io.wunderproxy.options.Amounts;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers of bytes like {@code 512}, {@code 64k}, {@code 10m} or {@code 1g}; each step is 1024 of the one below. */
public final class SizeConverter implements ITypeConverter<Long> {

    @Override
    public Long convert(String value) {
        return Amounts.size(value)
                .orElseThrow(
                        () -> new TypeConversionException("'" + value + "' is not a size like 512, 64k, 10m or 1g"));
    }
}
