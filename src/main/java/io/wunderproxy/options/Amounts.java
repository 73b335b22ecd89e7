package io.wunderproxy.options;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** Times and sizes as people write them for an option. */
public final class Amounts {

    private static final String SIZE_UNITS = " kmg";
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,9})([kmgKMG]?)");

    private Amounts() {}

    /**
     * A time in the largest unit that tells it exactly, of {@code ms}, {@code s}, {@code m} and {@code h}; parts of a millisecond are
     * dropped.
     */
    public static String time(Duration time) {
        var millis = time.toMillis();
        if (millis % 1000 != 0) {
            return millis + "ms";
        }
        var seconds = millis / 1000;
        if (seconds % 60 != 0 || seconds == 0) {
            return seconds + "s";
        }
        return seconds % 3600 == 0 ? seconds / 3600 + "h" : seconds / 60 + "m";
    }

    /** The time that such a text means; empty if it means none. */
    public static Optional<Duration> time(String text) {
        var matcher = TIME.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "ms" -> Duration.ofMillis(amount);
                    case "s" -> Duration.ofSeconds(amount);
                    case "m" -> Duration.ofMinutes(amount);
                    default -> Duration.ofHours(amount);
                });
    }

    /** The bytes that a text like {@code 512}, {@code 64k}, {@code 10m} or {@code 1g} means; empty if it means none. */
    public static Optional<Long> size(String text) {
        var matcher = SIZE.matcher(text);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        var amount = Long.parseLong(matcher.group(1));
        return Optional.of(
                switch (matcher.group(2)) {
                    case "k", "K" -> amount << 10;
                    case "m", "M" -> amount << 20;
                    case "g", "G" -> amount << 30;
                    default -> amount;
                });
    }

    /** Bytes in the largest unit that tells them exactly, of {@code k}, {@code m} and {@code g}. */
    public static String size(long bytes) {
        var unit = 0;
        var amount = bytes;
        while (amount != 0 && amount % 1024 == 0 && unit < SIZE_UNITS.length() - 1) {
            amount /= 1024;
            unit++;
        }
        return (amount + SIZE_UNITS.substring(unit, unit + 1)).strip();
    }
}
