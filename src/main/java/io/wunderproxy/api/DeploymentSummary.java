package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * A deployment of a host, as {@code /status} lists it and the calls that change one respond.
 *
 * @param state {@code launching}, {@code healthy}, {@code active}, {@code draining}, {@code retiring}, {@code gone} or {@code failed}
 * @param since when it got into that state, in ISO 8601
 * @param container the id of its container, while there is one
 * @param name of its container
 * @param address where this host reaches the application
 * @param port the published port if there is one, else the application's
 * @param reason why its launch failed
 * @param health {@code healthy} or {@code unhealthy}: what the last probe of the active one found
 * @param healthReason what that probe saw
 * @param restarts how many times the container of the active one was started again after it had died
 * @param message what a call has done, as plain text; only in its response
 */
public record DeploymentSummary(
        String hash,
        String revision,
        String state,
        String since,
        Optional<String> container,
        Optional<String> name,
        Optional<String> address,
        Optional<Long> port,
        Optional<String> reason,
        Optional<String> health,
        Optional<String> healthReason,
        Optional<Long> restarts,
        Optional<String> message) {

    private static final String HEALTHY = "healthy";
    private static final String UNHEALTHY = "unhealthy";

    public DeploymentSummary withHealth(boolean healthy, String why, long times) {
        return new DeploymentSummary(
                hash,
                revision,
                state,
                since,
                container,
                name,
                address,
                port,
                reason,
                Optional.of(healthy ? HEALTHY : UNHEALTHY),
                Optional.of(why),
                Optional.of(times),
                message);
    }

    public DeploymentSummary withMessage(String text) {
        return new DeploymentSummary(
                hash,
                revision,
                state,
                since,
                container,
                name,
                address,
                port,
                reason,
                health,
                healthReason,
                restarts,
                Optional.of(text));
    }

    public boolean isHealthy() {
        return health.filter(HEALTHY::equals).isPresent();
    }

    /** Whether the last probe failed; false before the first one. */
    public boolean isUnhealthy() {
        return health.filter(UNHEALTHY::equals).isPresent();
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Hash", hash)
                .put("Revision", revision)
                .put("State", state)
                .put("Since", since);
        container.ifPresent(id -> node.put("Container", id));
        name.ifPresent(text -> node.put("Name", text));
        address.ifPresent(text -> node.put("Address", text));
        port.ifPresent(number -> node.put("Port", number));
        reason.ifPresent(text -> node.put("Reason", text));
        health.ifPresent(text -> node.put("Health", text));
        healthReason.ifPresent(text -> node.put("HealthReason", text));
        restarts.ifPresent(number -> node.put("Restarts", number));
        message.ifPresent(text -> node.put("Message", text));
        return node;
    }

    public static DeploymentSummary of(JsonNode node) {
        var fields = new Fields(node);
        return new DeploymentSummary(
                fields.text("Hash"),
                fields.text("Revision"),
                fields.text("State"),
                fields.text("Since"),
                fields.optionalText("Container"),
                fields.optionalText("Name"),
                fields.optionalText("Address"),
                fields.optionalNumber("Port"),
                fields.optionalText("Reason"),
                fields.optionalText("Health"),
                fields.optionalText("HealthReason"),
                fields.optionalNumber("Restarts"),
                fields.optionalText("Message"));
    }
}
