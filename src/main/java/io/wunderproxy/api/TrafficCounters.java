package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The traffic of the proxy since some moment.
 *
 * @param totalTime seconds spent on requests
 * @param bytesIn of request bodies
 * @param bytesOut of response bodies
 * @param clientAborts requests whose client left before the response was complete
 * @param retries requests that were sent to a backend once more
 * @param fallbacks requests that another host was asked to respond to
 * @param statusClasses responses by the class of their status, {@code 1xx} to {@code 5xx}
 */
public record TrafficCounters(
        long requests,
        double totalTime,
        long bytesIn,
        long bytesOut,
        long clientAborts,
        long retries,
        long fallbacks,
        Map<String, Long> statusClasses) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Requests", requests)
                .put("TotalTime", totalTime)
                .put("BytesIn", bytesIn)
                .put("BytesOut", bytesOut)
                .put("ClientAborts", clientAborts)
                .put("Retries", retries)
                .put("Fallbacks", fallbacks);
        Fields.putNumbers(node, "StatusClasses", statusClasses);
        return node;
    }

    public static TrafficCounters of(JsonNode node) {
        var fields = new Fields(node);
        return new TrafficCounters(
                fields.number("Requests"),
                fields.decimal("TotalTime"),
                fields.number("BytesIn"),
                fields.number("BytesOut"),
                fields.number("ClientAborts"),
                fields.number("Retries"),
                fields.number("Fallbacks"),
                fields.map("StatusClasses", JsonNode::asLong));
    }
}
