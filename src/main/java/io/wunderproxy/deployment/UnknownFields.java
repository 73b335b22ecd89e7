package io.wunderproxy.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Fields of a JSON object on the disk that this version does not know. A later version wrote them before this one was installed
 * again, and finds them when it is back.
 */
record UnknownFields(Map<String, JsonNode> fields) {

    static final UnknownFields NONE = new UnknownFields(Map.of());

    /**
     * The fields that would be lost.
     *
     * @param found the object on the disk
     * @param written what this version would write in its place; objects in both are compared field by field, arrays are not
     */
    static UnknownFields of(JsonNode found, ObjectNode written) {
        var unknown = new LinkedHashMap<String, JsonNode>();
        found.properties().forEach(field -> {
            var known = written.get(field.getKey());
            if (known == null) {
                unknown.put(field.getKey(), field.getValue());
            } else if (known instanceof ObjectNode object && field.getValue().isObject()) {
                var inner = of(field.getValue(), object);
                if (!inner.fields().isEmpty()) {
                    unknown.put(field.getKey(), inner.addTo(JsonNodeFactory.instance.objectNode()));
                }
            }
        });
        return unknown.isEmpty() ? NONE : new UnknownFields(Map.copyOf(unknown));
    }

    UnknownFields without(String name) {
        if (!fields.containsKey(name)) {
            return this;
        }
        var others = new LinkedHashMap<>(fields);
        others.remove(name);
        return new UnknownFields(Map.copyOf(others));
    }

    /** Adds these fields to those that this version has written; where both have a value, this version's stays. */
    ObjectNode addTo(ObjectNode written) {
        fields.forEach((name, value) -> {
            var known = written.get(name);
            if (known == null) {
                written.set(name, value);
            } else if (known instanceof ObjectNode object && value.isObject()) {
                of(value, object).addTo(object);
            }
        });
        return written;
    }
}
