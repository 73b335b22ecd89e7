package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.regex.Pattern;

/** Text of others as it may be shown on a terminal, which takes control characters for orders. */
final class Printable {

    /** All of C0 and C1 but the end of a line and the tabulator. */
    private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f]");

    private Printable() {}

    /** The text with a question mark in place of each control character. */
    static String text(String text) {
        return CONTROL.matcher(text).replaceAll("?");
    }

    /** The document with all of its texts so. */
    static JsonNode document(JsonNode node) {
        return switch (node) {
            case ObjectNode object -> {
                var shown = object.objectNode();
                object.properties().forEach(field -> shown.set(text(field.getKey()), document(field.getValue())));
                yield shown;
            }
            case ArrayNode array -> {
                var shown = array.arrayNode();
                array.forEach(element -> shown.add(document(element)));
                yield shown;
            }
            case TextNode text -> TextNode.valueOf(text(text.textValue()));
            default -> node;
        };
    }
}
