package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * A host serves another configuration than a starting one would launch.
 *
 * @param active the hash of what serves
 * @param current the hash of what {@code current.json} names
 * @param message the whole as a sentence, with what to do; empty if the agent is too old to say
 */
public record Drift(String active, String current, Optional<String> message) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode().put("Active", active).put("Current", current);
        message.ifPresent(text -> node.put("Message", text));
        return node;
    }

    public static Drift of(JsonNode node) {
        var fields = new Fields(node);
        return new Drift(fields.text("Active"), fields.text("Current"), fields.optionalText("Message"));
    }
}
