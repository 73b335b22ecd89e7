package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.regex.Pattern;

/** Text of others as it may be shown on a terminal, which obeys control characters. */
public final class Printable {

    /** The control characters of C0 and C1, but line feed and tab. */
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]");

    private Printable() {}

    /** The text with a question mark in place of each control character. */
    public static String text(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    /** A document on one line, with an escape sequence of JSON for each control character: the value stays what it is. */
    public static String json(JsonNode node) {
        return escaped(node.toString());
    }

    /** The text of a document with an escape sequence in place of the control characters that JSON allows. */
    public static String escaped(String json) {
        return CONTROL.matcher(json)
                .replaceAll(
                        found -> String.format("\\\\u%04x", (int) found.group().charAt(0)));
    }
}
