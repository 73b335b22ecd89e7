package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The traffic of the proxy in the last hour: {@code GET /traffic}. A column for each line of a chart, all of the same length,
 * oldest sample first.
 *
 * @param started when the agent was started, in ISO 8601
 * @param interval seconds between two samples
 * @param time of each sample, in seconds since 1970
 * @param requestsPerSecond requests by the class of their status, {@code 1xx} to {@code 5xx}
 * @param responseTimes {@code P50}, {@code P90} and {@code P99} of the minute before, in seconds; empty where no request ended in it
 * @param connections of clients, by state
 */
public record TrafficHistoryView(
        String started,
        long interval,
        List<Long> time,
        Map<String, List<Double>> requestsPerSecond,
        Map<String, List<Optional<Double>>> responseTimes,
        Map<String, List<Long>> connections) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode().put("Started", started).put("Interval", interval);
        var times = node.putArray("Time");
        time.forEach(at -> times.add(at));
        Fields.putAll(node, "RequestsPerSecond", requestsPerSecond, (object, column) -> {
            var list = object.putArray(column.getKey());
            column.getValue().forEach(rate -> list.add(rate));
        });
        Fields.putAll(node, "ResponseTimes", responseTimes, (object, column) -> {
            var list = object.putArray(column.getKey());
            column.getValue().forEach(seconds -> list.add(seconds.orElse(null)));
        });
        Fields.putAll(node, "Connections", connections, (object, column) -> {
            var list = object.putArray(column.getKey());
            column.getValue().forEach(number -> list.add(number));
        });
        return node;
    }

    public static TrafficHistoryView of(JsonNode node) {
        var fields = new Fields(node);
        return new TrafficHistoryView(
                fields.text("Started"),
                fields.number("Interval"),
                fields.list("Time", JsonNode::asLong),
                fields.map("RequestsPerSecond", column -> Fields.items(column, JsonNode::asDouble)),
                fields.map(
                        "ResponseTimes",
                        column -> Fields.items(column, value -> Optional.of(value)
                                .filter(JsonNode::isNumber)
                                .map(JsonNode::doubleValue))),
                fields.map("Connections", column -> Fields.items(column, JsonNode::asLong)));
    }
}
