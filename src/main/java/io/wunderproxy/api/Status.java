package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state of a host: {@code GET /status}. Everybody may read it: it has no more than names, places, states and numbers.
 *
 * @param heapSize bytes
 * @param totalTime seconds spent on proxied requests since the last switch
 * @param requests since the last switch
 * @param states client connections by state
 * @param fleet present if the host belongs to one
 * @param dockerState {@code Ok}, or what is wrong
 * @param registry empty if the agent is too old to say
 * @param agent empty if the agent is too old to say
 * @param active the deployment that new requests go to
 * @param drift present while {@code current.json} names another configuration than the active one
 * @param problem what keeps the agent from what it should do
 * @param deployments oldest first
 */
public record Status(
        long heapSize,
        double totalTime,
        long requests,
        Map<String, Long> states,
        GateView gate,
        TrafficView traffic,
        Optional<FleetView> fleet,
        String dockerState,
        Optional<RegistryView> registry,
        Optional<AgentView> agent,
        Optional<DeploymentSummary> active,
        Optional<Drift> drift,
        Optional<String> problem,
        List<DeploymentSummary> deployments) {

    public boolean isDockerOk() {
        return dockerState.equals("Ok");
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("HeapSize", heapSize)
                .put("TotalTime", totalTime)
                .put("Requests", requests);
        Fields.putNumbers(node, "States", states);
        node.set("Gate", gate.toJson());
        node.set("Traffic", traffic.toJson());
        fleet.ifPresent(view -> node.set("Fleet", view.toJson()));
        node.put("DockerState", dockerState);
        registry.ifPresent(view -> node.set("Registry", view.toJson()));
        agent.ifPresent(view -> node.set("Agent", view.toJson()));
        node.set("Active", active.map(DeploymentSummary::toJson).orElse(null));
        node.set("Drift", drift.map(Drift::toJson).orElse(null));
        node.put("Problem", problem.orElse(null));
        var list = node.putArray("Deployments");
        deployments.forEach(deployment -> list.add(deployment.toJson()));
        return node;
    }

    public static Status of(JsonNode node) {
        var fields = new Fields(node);
        return new Status(
                fields.number("HeapSize"),
                fields.decimal("TotalTime"),
                fields.number("Requests"),
                fields.map("States", JsonNode::asLong),
                fields.object("Gate", GateView::of),
                fields.object("Traffic", TrafficView::of),
                fields.optionalObject("Fleet", FleetView::of),
                fields.text("DockerState"),
                fields.optionalObject("Registry", RegistryView::of),
                fields.optionalObject("Agent", AgentView::of),
                fields.optionalObject("Active", DeploymentSummary::of),
                fields.optionalObject("Drift", Drift::of),
                fields.optionalText("Problem"),
                fields.list("Deployments", DeploymentSummary::of));
    }
}
