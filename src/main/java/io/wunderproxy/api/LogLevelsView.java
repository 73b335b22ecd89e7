package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * The log levels of the agent: {@code GET /log-level}.
 *
 * @param levels that of the whole program first, then those of parts that were changed
 * @param message what a call has done, as plain text; only in its response
 */
public record LogLevelsView(List<LogLevelView> levels, Optional<String> message) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode();
        var list = node.putArray("Levels");
        levels.forEach(level -> list.add(level.toJson()));
        message.ifPresent(text -> node.put("Message", text));
        return node;
    }

    public static LogLevelsView of(JsonNode node) {
        var fields = new Fields(node);
        return new LogLevelsView(fields.list("Levels", LogLevelView::of), fields.optionalText("Message"));
    }
}
