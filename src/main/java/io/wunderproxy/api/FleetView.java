package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * The state of a host in its fleet.
 *
 * @param member the id of this host
 * @param state {@code ok}, or why the table can't be used
 */
public record FleetView(String table, String member, String state, List<PeerView> peers) {

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Table", table)
                .put("Member", member)
                .put("State", state);
        var list = node.putArray("Peers");
        peers.forEach(peer -> list.add(peer.toJson()));
        return node;
    }

    public static FleetView of(JsonNode node) {
        var fields = new Fields(node);
        return new FleetView(
                fields.text("Table"), fields.text("Member"), fields.text("State"), fields.list("Peers", PeerView::of));
    }
}
