package io.wunderproxy.proxy.rules;

import java.util.List;

/** The lines of one field, which together are one list (RFC 9110, section 5.3). */
public final class FieldLines {
    private FieldLines() {}

    /** The combined value; null if there is no line. */
    public static String combined(List<String> lines) {
        return switch (lines.size()) {
            case 0 -> null;
            case 1 -> lines.getFirst();
            default -> String.join(", ", lines);
        };
    }
}
