package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * Something that happened on a host: {@code GET /events}.
 *
 * @param id names the event after which to continue
 * @param time in ISO 8601, with milliseconds
 * @param type {@code pulling}, {@code switched} and so on; newer agents may have further ones
 * @param tone {@code good}, {@code warn} or {@code bad}: how it is coloured; missing for a step of many, and from an older agent
 * @param hash of the deployment that it concerns
 * @param revision of the deployment that it concerns
 * @param message one line for people
 * @param bytes of the image, here already: {@code pulling}
 * @param totalBytes of the image, as far as it is known: {@code pulling}
 * @param healthy what a probe found: {@code probed}, {@code healthy}, {@code unhealthy}
 * @param detail what a probe saw
 * @param leases requests that are open: {@code draining}
 * @param reason why: {@code failed}, {@code cut-off}
 * @param from the hash of what served until now: {@code switched}, if anything did
 * @param to the hash of what serves now: {@code switched}
 */
public record EventView(
        String id,
        String time,
        String type,
        Optional<String> tone,
        Optional<String> hash,
        Optional<String> revision,
        Optional<String> containerId,
        String message,
        Optional<Long> bytes,
        Optional<Long> totalBytes,
        Optional<Boolean> healthy,
        Optional<String> detail,
        Optional<Long> leases,
        Optional<String> reason,
        Optional<String> from,
        Optional<String> to) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Id", id)
                .put("Time", time)
                .put("Type", type)
                .put("Hash", hash.orElse(null))
                .put("Revision", revision.orElse(null))
                .put("ContainerId", containerId.orElse(null))
                .put("Message", message);
        tone.ifPresent(text -> node.put("Tone", text));
        bytes.ifPresent(number -> node.put("Bytes", number));
        totalBytes.ifPresent(number -> node.put("TotalBytes", number));
        healthy.ifPresent(fact -> node.put("Healthy", fact));
        detail.ifPresent(text -> node.put("Detail", text));
        leases.ifPresent(number -> node.put("Leases", number));
        reason.ifPresent(text -> node.put("Reason", text));
        from.ifPresent(text -> node.put("From", text));
        to.ifPresent(text -> node.put("To", text));
        return node;
    }

    public static EventView of(JsonNode node) {
        var fields = new Fields(node);
        return new EventView(
                fields.text("Id"),
                fields.text("Time"),
                fields.text("Type"),
                fields.optionalText("Tone"),
                fields.optionalText("Hash"),
                fields.optionalText("Revision"),
                fields.optionalText("ContainerId"),
                fields.text("Message"),
                fields.optionalNumber("Bytes"),
                fields.optionalNumber("TotalBytes"),
                fields.optionalFlag("Healthy"),
                fields.optionalText("Detail"),
                fields.optionalNumber("Leases"),
                fields.optionalText("Reason"),
                fields.optionalText("From"),
                fields.optionalText("To"));
    }

    /** The events of an array; none if the node is something else. */
    public static List<EventView> listOf(JsonNode array) {
        return Fields.items(array, EventView::of);
    }
}
