package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * A deployment of a host with its times: {@code GET /deployments}. Times are in ISO 8601, with milliseconds.
 *
 * @param image empty once it has ended
 * @param state as in {@link DeploymentSummary}
 * @param active whether new requests go to it
 * @param address where this host reaches the application
 * @param confirmed when a launch last found it healthy
 * @param switched when it was last switched to
 * @param ended when its container was gone
 * @param leases requests and upgraded connections that it responds to now
 * @param failure why its launch failed
 * @param bake its last bake; empty if it never baked, or another one has since
 * @param events oldest first; only in {@code GET /deployments/<hash>}
 */
public record DeploymentView(
        String hash,
        String revision,
        Optional<String> image,
        String state,
        boolean active,
        Optional<String> containerId,
        Optional<String> address,
        String launched,
        Optional<String> confirmed,
        Optional<String> switched,
        Optional<String> ended,
        long leases,
        Optional<String> failure,
        Optional<BakeView> bake,
        Optional<List<EventView>> events) {

    public DeploymentView withEvents(List<EventView> all) {
        return new DeploymentView(
                hash,
                revision,
                image,
                state,
                active,
                containerId,
                address,
                launched,
                confirmed,
                switched,
                ended,
                leases,
                failure,
                bake,
                Optional.of(all));
    }

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Hash", hash)
                .put("Revision", revision)
                .put("Image", image.orElse(null))
                .put("State", state)
                .put("Active", active)
                .put("ContainerId", containerId.orElse(null))
                .put("Address", address.orElse(null))
                .put("Launched", launched)
                .put("Confirmed", confirmed.orElse(null))
                .put("Switched", switched.orElse(null))
                .put("Ended", ended.orElse(null))
                .put("Leases", leases)
                .put("Failure", failure.orElse(null));
        bake.ifPresent(b -> node.set("Bake", b.toJson()));
        events.ifPresent(all -> {
            var list = node.putArray("Events");
            all.forEach(event -> list.add(event.toJson()));
        });
        return node;
    }

    public static DeploymentView of(JsonNode node) {
        var fields = new Fields(node);
        return new DeploymentView(
                fields.text("Hash"),
                fields.text("Revision"),
                fields.optionalText("Image"),
                fields.text("State"),
                fields.flag("Active"),
                fields.optionalText("ContainerId"),
                fields.optionalText("Address"),
                fields.text("Launched"),
                fields.optionalText("Confirmed"),
                fields.optionalText("Switched"),
                fields.optionalText("Ended"),
                fields.number("Leases"),
                fields.optionalText("Failure"),
                fields.optionalObject("Bake", BakeView::of),
                fields.optionalList("Events", EventView::of));
    }
}
