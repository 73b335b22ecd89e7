package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The reason why a call failed: problem details (RFC 9457).
 *
 * @param title the name of the status
 * @param detail what happened, and what to do
 * @param log the last lines that a container wrote
 */
public record Problem(String type, String title, long status, String detail, List<String> log) {

    public static final String MEDIA_TYPE = "application/problem+json";

    /** @param text the detail, and in the lines below it the log */
    public static Problem of(int status, String title, String text) {
        var lines = text.split("\n", 2);
        return new Problem(
                "about:blank",
                title,
                status,
                lines[0],
                lines.length == 1 ? List.of() : lines[1].lines().toList());
    }

    /** The problem as plain text: the detail, and in the lines below it the log. */
    public String text() {
        return log.isEmpty() ? detail : detail + "\n" + String.join("\n", log);
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("type", type)
                .put("title", title)
                .put("status", status)
                .put("detail", detail);
        if (!log.isEmpty()) {
            var lines = node.putArray("log");
            log.forEach(lines::add);
        }
        return node;
    }

    public static Problem of(JsonNode node) {
        var fields = new Fields(node);
        return new Problem(
                fields.text("type"),
                fields.text("title"),
                fields.number("status"),
                fields.text("detail"),
                fields.list("log", JsonNode::asText));
    }
}
