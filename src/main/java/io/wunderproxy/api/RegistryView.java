package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The local image registry.
 *
 * @param kind {@code embedded} or {@code external}
 * @param state {@code Ok}, or what is wrong
 * @param imageBucket where an embedded one finds images; empty if each launch configuration names its own
 */
public record RegistryView(String kind, long port, String state, Optional<String> imageBucket) {

    public boolean isEmbedded() {
        return kind.equals("embedded");
    }

    public boolean isOk() {
        return state.equals("Ok");
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Kind", kind)
                .put("Port", port)
                .put("State", state);
        imageBucket.ifPresent(bucket -> node.put("ImageBucket", bucket));
        return node;
    }

    public static RegistryView of(JsonNode node) {
        var fields = new Fields(node);
        return new RegistryView(
                fields.text("Kind"), fields.number("Port"), fields.text("State"), fields.optionalText("ImageBucket"));
    }
}
