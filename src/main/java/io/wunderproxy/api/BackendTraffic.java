package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;

/**
 * The traffic between proxy and backend.
 *
 * @param connectTimes how long new connections took, by the window that they were measured in
 * @param firstByteTimes from the request to the first byte of its response, by window
 * @param connections open ones, by state
 */
public record BackendTraffic(
        Map<String, TimesView> connectTimes, Map<String, TimesView> firstByteTimes, Map<String, Long> connections) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance.objectNode();
        TrafficView.putTimes(node, "ConnectTimes", connectTimes);
        TrafficView.putTimes(node, "FirstByteTimes", firstByteTimes);
        Fields.putNumbers(node, "Connections", connections);
        return node;
    }

    public static BackendTraffic of(JsonNode node) {
        var fields = new Fields(node);
        return new BackendTraffic(
                fields.map("ConnectTimes", TimesView::of),
                fields.map("FirstByteTimes", TimesView::of),
                fields.map("Connections", JsonNode::asLong));
    }
}
