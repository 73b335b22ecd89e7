package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of the host that a configuration asks for by number: one container at a time can have it.
 *
 * @param field where the configuration says so
 * @param address of the host; empty: all of them
 * @param protocol {@code tcp}, {@code udp} or {@code sctp}
 */
public record FixedPort(String field, String address, int port, String protocol) {

    /** @param hostConfig Docker's object, with valid {@code PortBindings} */
    static List<FixedPort> of(ObjectNode hostConfig) {
        var fixed = new ArrayList<FixedPort>();
        for (var binding : hostConfig.path("PortBindings").properties()) {
            var name = binding.getKey().split("/", 2);
            for (var target : binding.getValue()) {
                var wanted = target.path("HostPort").asText("").split("/", 2)[0];
                if (!wanted.isEmpty()) {
                    fixed.add(new FixedPort(
                            "HostConfig.PortBindings." + binding.getKey(),
                            target.path("HostIp").asText(""),
                            Integer.parseInt(wanted),
                            name.length == 1 ? "tcp" : name[1]));
                }
            }
        }
        return fixed;
    }

    public boolean isTcp() {
        return protocol.equals("tcp");
    }
}
