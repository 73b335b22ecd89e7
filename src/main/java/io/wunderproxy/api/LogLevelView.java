package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The log level of one part of the agent.
 *
 * @param category {@code all} for the whole program, else the part
 * @param level {@code error}, {@code warn}, {@code info} or {@code debug}
 * @param secondsLeft the time until it is as it was at the start of the agent; empty if it stays
 */
public record LogLevelView(String category, String level, Optional<Long> secondsLeft) {

    public ObjectNode toJson() {
        var node =
                JsonNodeFactory.instance.objectNode().put("Category", category).put("Level", level);
        secondsLeft.ifPresent(seconds -> node.put("SecondsLeft", seconds));
        return node;
    }

    public static LogLevelView of(JsonNode node) {
        var fields = new Fields(node);
        return new LogLevelView(fields.text("Category"), fields.text("Level"), fields.optionalNumber("SecondsLeft"));
    }
}
