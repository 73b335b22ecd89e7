package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The traffic of the proxy, now and so far.
 *
 * @param inFlight requests that are being responded to
 * @param statuses responses since the start, by status
 * @param methods requests since the start, by method
 * @param refusals requests that the proxy refused by itself since the start, by reason; only reasons that occurred
 * @param times how long requests took, by window: {@code 1m} and others, and {@code switch} for what came since the last switch
 * @param accessLogDropped lines of the access log that could not be written
 */
public record TrafficView(
        long inFlight,
        TrafficCounters sinceSwitch,
        TrafficCounters sinceStart,
        Map<String, Long> statuses,
        Map<String, Long> methods,
        Map<String, Long> refusals,
        Map<String, TimesView> times,
        BackendTraffic backend,
        long accessLogDropped) {

    /** The times of the requests that ended in this window; zeros if the window is not known. */
    public TimesView times(String window) {
        return times.getOrDefault(window, TimesView.NONE);
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode().put("InFlight", inFlight);
        node.set("SinceSwitch", sinceSwitch.toJson());
        node.set("SinceStart", sinceStart.toJson());
        Fields.putNumbers(node, "Statuses", statuses);
        Fields.putNumbers(node, "Methods", methods);
        Fields.putNumbers(node, "Refusals", refusals);
        putTimes(node, "Times", times);
        node.set("Backend", backend.toJson());
        return node.put("AccessLogDropped", accessLogDropped);
    }

    static void putTimes(ObjectNode node, String name, Map<String, TimesView> times) {
        Fields.putAll(
                node,
                name,
                times,
                (object, entry) -> object.set(entry.getKey(), entry.getValue().toJson()));
    }

    public static TrafficView of(JsonNode node) {
        var fields = new Fields(node);
        return new TrafficView(
                fields.number("InFlight"),
                fields.object("SinceSwitch", TrafficCounters::of),
                fields.object("SinceStart", TrafficCounters::of),
                fields.map("Statuses", JsonNode::asLong),
                fields.map("Methods", JsonNode::asLong),
                fields.map("Refusals", JsonNode::asLong),
                fields.map("Times", TimesView::of),
                fields.object("Backend", BackendTraffic::of),
                fields.number("AccessLogDropped"));
    }
}
