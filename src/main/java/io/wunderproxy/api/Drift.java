package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A host serves another configuration than a starting one would launch.
 *
 * @param active the hash of what serves
 * @param current the hash of what {@code current.json} names
 */
public record Drift(String active, String current) {

    public ObjectNode toJson() {
        return JsonNodeFactory.instance.objectNode().put("Active", active).put("Current", current);
    }

    public static Drift of(JsonNode node) {
        var fields = new Fields(node);
        return new Drift(fields.text("Active"), fields.text("Current"));
    }
}
