package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * A host that gets requests which can't be responded to here.
 *
 * @param address of its proxy
 * @param alive whether it responds, knows this host, and has a backend
 */
public record PeerView(String address, boolean alive) {

    public ObjectNode toJson() {
        return JsonNodeFactory.instance.objectNode().put("Address", address).put("Alive", alive);
    }

    public static PeerView of(JsonNode node) {
        var fields = new Fields(node);
        return new PeerView(fields.text("Address"), fields.flag("Alive"));
    }
}
