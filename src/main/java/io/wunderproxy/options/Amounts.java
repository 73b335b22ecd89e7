package io.wunderproxy.options;

import java.time.Duration;

/** Times and sizes as people write them for an option. */
public final class Amounts {

    private static final String SIZE_UNITS = " kmg";

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
