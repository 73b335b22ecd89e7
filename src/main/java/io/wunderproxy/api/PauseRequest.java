package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * The body of {@code POST /pause}. The agent has defaults for fields that are not given.
 *
 * @param maxWait how long a request waits before it gets 503: {@code 500ms}, {@code 30s} or {@code 5m}
 * @param maxRequests how many wait; others get 503
 */
public record PauseRequest(Optional<String> maxWait, Optional<Long> maxRequests) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode();
        maxWait.ifPresent(time -> node.put("MaxWait", time));
        maxRequests.ifPresent(number -> node.put("MaxRequests", number));
        return node;
    }

    public static PauseRequest of(JsonNode node) {
        var fields = new Fields(node);
        return new PauseRequest(fields.optionalText("MaxWait"), fields.optionalNumber("MaxRequests"));
    }
}
