package io.wunderproxy.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * The identity of a manager, and what its agent knows: {@code GET /identity}.
 *
 * @param member its id in the fleet; empty for a host that is on its own
 * @param manager its address in the table of the fleet; empty for a host that is on its own
 * @param proof that it knows the token, see {@link IdentityProof}; empty if everybody may make its calls
 * @param version of the agent; empty if the agent is too old to say
 * @param launchConfigFields the fields of launch configurations that it knows, by their paths; empty if the agent is too old to say
 */
public record Identity(
        String member,
        String manager,
        Optional<String> proof,
        String version,
        Optional<List<String>> launchConfigFields) {

    /** The identity of an agent that is too old for this call. */
    public static final Identity UNKNOWN = new Identity("", "", Optional.empty(), "", Optional.empty());

    public ObjectNode toJson() {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Member", member)
                .put("Manager", manager)
                .put("Proof", proof.orElse(null))
                .put("Version", version);
        launchConfigFields.ifPresent(paths -> {
            var list = node.putArray("LaunchConfigFields");
            paths.forEach(list::add);
        });
        return node;
    }

    public static Identity of(JsonNode node) {
        var fields = new Fields(node);
        return new Identity(
                fields.text("Member"),
                fields.text("Manager"),
                fields.optionalText("Proof"),
                fields.text("Version"),
                fields.optionalList("LaunchConfigFields", JsonNode::asText));
    }
}
