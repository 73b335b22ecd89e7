package io.wunderproxy.api;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * The result of {@code POST /reload}.
 *
 * @param pid the id of the process that serves now
 * @param message the same in words
 */
public record ReloadView(long pid, String message) {

    public static ReloadView of(long pid) {
        return new ReloadView(
                pid, "replaced by process " + pid + ", which accepts connections; this one finishes what is open");
    }

    public ObjectNode toJson() {
        return JsonNodeFactory.instance.objectNode().put("ProcessId", pid).put("Message", message);
    }
}
