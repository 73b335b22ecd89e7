package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * One revision of the application as the store describes it: what to give to Docker and how to tell that it is healthy.
 *
 * @param hash the digest of the document that this was read from
 * @param document exactly the bytes that this was read from
 * @param revision names the container
 * @param containerConfig Docker's own object, whole: fields unknown to this program are kept
 * @param hostConfig Docker's own object, whole
 * @param protocol what the application speaks
 * @param proxy how its requests are proxied
 * @param forceReload whether the image is pulled even if the engine has it
 * @param imageBucket where an embedded registry finds the image; empty: in the agent's own bucket
 * @param fields the fields of the document, for those who may not know all of them
 */
public record LaunchConfig(
        ConfigHash hash,
        byte[] document,
        String revision,
        ObjectNode containerConfig,
        ObjectNode hostConfig,
        HealthCheckConfig healthCheck,
        Protocol protocol,
        ProxySettings proxy,
        boolean forceReload,
        Optional<ImageBucket> imageBucket,
        ConfigFields fields) {

    /** The protocol that an application speaks, without TLS. */
    public enum Protocol {
        HTTP_1_1,
        /** With prior knowledge, such as gRPC. */
        HTTP_2
    }

    /** The application's port unless the configuration exposes exactly one other. */
    public static final int DEFAULT_PORT = 9292;

    /** @throws InvalidLaunchConfigException if the document is not one that can be run; the message names the field */
    public static LaunchConfig parse(ConfigHash hash, byte[] document) throws InvalidLaunchConfigException {
        return LaunchConfigParser.parse(hash, document);
    }

    /** The image reference, always with a tag or a digest. */
    public String image() {
        return containerConfig.get("Image").textValue();
    }

    /** The TCP port on which the application listens inside of its container. */
    public int port() {
        var exposed = containerConfig.path("ExposedPorts");
        if (exposed.size() == 1) {
            var port = exposed.fieldNames().next().split("/", 2);
            if (port.length == 1 || port[1].equals("tcp")) {
                return Integer.parseInt(port[0]);
            }
        }
        return DEFAULT_PORT;
    }

    /** Whether its container uses the network of its host or of another container, where others may listen on its ports. */
    public boolean sharesNetwork() {
        var mode = networkMode();
        return mode.equals("host") || mode.startsWith("container:");
    }

    /** {@code HostConfig.NetworkMode}; empty when Docker chooses. */
    public String networkMode() {
        return hostConfig.path("NetworkMode").asText("");
    }

    /** The TCP ports of the container that the configuration names: the application's and the exposed ones. */
    public SortedSet<Integer> tcpPorts() {
        var ports = new TreeSet<Integer>(Set.of(port()));
        for (var name : (Iterable<String>) containerConfig.path("ExposedPorts")::fieldNames) {
            var port = name.split("/", 2);
            if (port.length == 1 || port[1].equals("tcp")) {
                ports.add(Integer.parseInt(port[0]));
            }
        }
        return ports;
    }

    /** The ports of the host that it asks for by number; none when the container shares a network, since Docker publishes none then. */
    public List<FixedPort> fixedPorts() {
        return sharesNetwork() ? List.of() : FixedPort.of(hostConfig);
    }

    /** Says what to do so that two revisions can run side by side; only for one that shares a network. */
    public String howToSeparate() {
        // Docker refuses ExposedPorts in the network of another container.
        return networkMode().equals("host")
                ? "leave NetworkMode out, or give each revision a port of its own in ContainerConfig.ExposedPorts"
                : "leave NetworkMode out";
    }

    /** Warnings of settings that can be run and will make a later deployment fail: one line each, with what to do. */
    public List<String> warnings() {
        var warnings = new ArrayList<String>();
        if (sharesNetwork()) {
            warnings.add("HostConfig.NetworkMode " + networkMode() + ": where a container listens on port " + port()
                    + " of that network, the next revision is refused, since nobody could tell whose response"
                    + " confirms it; " + howToSeparate());
        }
        for (var fixed : fixedPorts()) {
            warnings.add(fixed.field() + " has the fixed port " + fixed.port()
                    + ": a host where a container has it can't launch the next revision beside that one; leave"
                    + " HostPort empty, so that Docker chooses a free port");
        }
        return warnings;
    }

    /** The environment as {@code KEY=value} lines. */
    public List<String> environment() {
        return containerConfig
                .path("Env")
                .valueStream()
                .map(line -> line.textValue())
                .toList();
    }
}
