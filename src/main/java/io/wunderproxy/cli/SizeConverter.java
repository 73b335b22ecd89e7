package io.wunderproxy.cli;

import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads numbers of bytes like {@code 512}, {@code 64k}, {@code 10m} or {@code 1g}; each step is 1024 of the one below. */
public final class SizeConverter implements ITypeConverter<Long> {

    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})([kmgKMG]?)");

    @Override
    public Long convert(String value) {
        var matcher = SIZE.matcher(value);
        if (!matcher.matches()) {
            throw new TypeConversionException("'" + value + "' is not a size like 512, 64k, 10m or 1g");
        }
        var amount = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "k", "K" -> amount << 10;
            case "m", "M" -> amount << 20;
            case "g", "G" -> amount << 30;
            default -> amount;
        };
    }
}
