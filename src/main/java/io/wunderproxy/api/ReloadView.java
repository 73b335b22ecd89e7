package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The result of {@code POST /reload}.
 *
 * @param processId the id of the process that serves now
 * @param message the same in words
 */
public record ReloadView(long processId, String message) {

    public static ReloadView replacedBy(long process) {
        return new ReloadView(
                process,
                "replaced by process " + process + ", which accepts connections; this one finishes what is open");
    }

    public ObjectNode toJson() {
        return JsonNodeFactory.instance.objectNode().put("ProcessId", processId).put("Message", message);
    }

    public static ReloadView of(JsonNode node) {
        var fields = new Fields(node);
        return new ReloadView(fields.number("ProcessId"), fields.text("Message"));
    }
}
