package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Optional;

/**
 * Who a manager is: {@code GET /identity}.
 *
 * @param member its id in the fleet; empty for a host that is on its own
 * @param manager its address in the table of the fleet; empty for a host that is on its own
 * @param proof that it knows the token, see {@link IdentityProof}; empty if everybody may make its calls
 */
public record Identity(String member, String manager, Optional<String> proof) {

    public ObjectNode toJson() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("Member", member)
                .put("Manager", manager)
                .put("Proof", proof.orElse(null));
    }

    public static Identity of(JsonNode node) {
        var fields = new Fields(node);
        return new Identity(fields.text("Member"), fields.text("Manager"), fields.optionalText("Proof"));
    }
}
