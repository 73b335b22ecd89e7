package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * How a deployment compares with the former one, which is kept warm meanwhile.
 *
 * @param state {@code baking}, {@code baked}, {@code switched-back} or {@code broken-off}
 * @param former the hash of what served before
 * @param ends when it has passed, in ISO 8601
 * @param reason how it ended, with numbers; empty while it is under way
 */
public record BakeView(String state, String former, String ends, String reason) {

    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("State", state)
                .put("Former", former)
                .put("Ends", ends)
                .put("Reason", reason);
    }

    public static BakeView of(JsonNode node) {
        var fields = new Fields(node);
        return new BakeView(fields.text("State"), fields.text("Former"), fields.text("Ends"), fields.text("Reason"));
    }
}
