package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * Whether requests go through.
 *
 * @param state {@code open}, {@code paused} or {@code maintenance}; open by default
 * @param maxWait seconds that a request waits at most; while paused
 * @param maxRequests how many requests wait at most; while paused
 * @param page what clients get; during maintenance
 * @param waiting requests that wait now
 * @param message what a call has done, as plain text; only in its response
 */
public record GateView(
        String state,
        Optional<Double> maxWait,
        Optional<Long> maxRequests,
        Optional<String> page,
        long waiting,
        Optional<String> message) {

    private static final String OPEN = "open";

    public static GateView open(long waiting) {
        return new GateView(OPEN, Optional.empty(), Optional.empty(), Optional.empty(), waiting, Optional.empty());
    }

    public static GateView paused(double maxWait, long maxRequests, long waiting) {
        return new GateView(
                "paused", Optional.of(maxWait), Optional.of(maxRequests), Optional.empty(), waiting, Optional.empty());
    }

    public static GateView maintenance(String page, long waiting) {
        return new GateView(
                "maintenance", Optional.empty(), Optional.empty(), Optional.of(page), waiting, Optional.empty());
    }

    public GateView withMessage(String text) {
        return new GateView(state, maxWait, maxRequests, page, waiting, Optional.of(text));
    }

    public boolean isOpen() {
        return state.equals(OPEN);
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode().put("State", state);
        maxWait.ifPresent(seconds -> node.put("MaxWait", seconds));
        maxRequests.ifPresent(number -> node.put("MaxRequests", number));
        page.ifPresent(text -> node.put("Page", text));
        node.put("Waiting", waiting);
        message.ifPresent(text -> node.put("Message", text));
        return node;
    }

    public static GateView of(JsonNode node) {
        var fields = new Fields(node);
        return new GateView(
                fields.optionalText("State").orElse(OPEN),
                fields.optionalDecimal("MaxWait"),
                fields.optionalNumber("MaxRequests"),
                fields.optionalText("Page"),
                fields.number("Waiting"),
                fields.optionalText("Message"));
    }
}
