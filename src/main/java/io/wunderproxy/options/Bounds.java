package io.wunderproxy.options;

import java.time.Duration;
import java.util.regex.Pattern;

/** The checks of the components of a record of options. Each check throws {@link OutOfBounds} with the component's name. */
public final class Bounds {

    /** Longer than any time that an option is meant for; as nanoseconds it is a number still. */
    public static final Duration LONGEST = Duration.ofDays(365);

    private Bounds() {}

    /** A number from {@code least} to {@code most}. */
    public static void number(String component, long value, long least, long most) {
        if (value < least || value > most) {
            throw new OutOfBounds(component, "must be " + least + " to " + most);
        }
    }

    /** A number that is not too small. */
    public static void atLeast(String component, long value, long least) {
        if (value < least) {
            throw new OutOfBounds(component, "must be at least " + least);
        }
    }

    /** A number of bytes from {@code least} to {@code most}. */
    public static void size(String component, long bytes, long least, long most) {
        if (bytes < least || bytes > most) {
            throw new OutOfBounds(component, "must be " + Amounts.size(least) + " to " + Amounts.size(most));
        }
    }

    /** A time from {@code least} to {@code most}. */
    public static void time(String component, Duration time, Duration least, Duration most) {
        if (time.compareTo(least) < 0 || time.compareTo(most) > 0) {
            throw new OutOfBounds(component, "must be " + Amounts.time(least) + " to " + Amounts.time(most));
        }
    }

    /** A time from {@code least} to {@link #LONGEST}. */
    public static void time(String component, Duration time, Duration least) {
        time(component, time, least, LONGEST);
    }

    /** A text of which the whole has a form; {@code problem} says which. */
    public static void form(String component, String text, Pattern form, String problem) {
        if (!form.matcher(text).matches()) {
            throw new OutOfBounds(component, problem);
        }
    }
}
