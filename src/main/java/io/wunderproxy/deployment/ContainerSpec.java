package io.wunderproxy.deployment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.util.Map;

/** Builds the body of the engine's create call: the whole configuration, and only documented additions. */
final class ContainerSpec {

    private ContainerSpec() {}

    static ObjectNode of(LaunchConfig config, Map<String, String> labels, StaticEnvironment environment) {
        var body = config.containerConfig().deepCopy();
        var labelsNode = body.path("Labels") instanceof ObjectNode own ? own : body.putObject("Labels");
        labels.forEach(labelsNode::put);
        if (!environment.lines().isEmpty()) {
            var lines = body.path("Env").isArray() ? body.withArray("Env") : body.putArray("Env");
            environment.lines().forEach(lines::add);
        }
        var hostConfig = config.hostConfig().deepCopy();
        body.set("HostConfig", hostConfig);
        if (bindsNoPort(hostConfig) && hasPortsOfItsOwn(hostConfig)) {
            publishOnLoopback(config.port() + "/tcp", body, hostConfig);
        }
        return body;
    }

    private static boolean bindsNoPort(ObjectNode hostConfig) {
        return hostConfig.path("PortBindings").isEmpty()
                && !hostConfig.path("PublishAllPorts").asBoolean();
    }

    /** A container in the network of its host or of another container has no ports that could be published. */
    private static boolean hasPortsOfItsOwn(ObjectNode hostConfig) {
        var mode = hostConfig.path("NetworkMode").asText("");
        return !mode.equals("host") && !mode.equals("none") && !mode.startsWith("container:");
    }

    private static void publishOnLoopback(String port, ObjectNode body, ObjectNode hostConfig) {
        hostConfig
                .putObject("PortBindings")
                .putArray(port)
                .addObject()
                .put("HostIp", "127.0.0.1")
                .put("HostPort", "");
        var exposed = body.path("ExposedPorts") instanceof ObjectNode own ? own : body.putObject("ExposedPorts");
        if (!exposed.has(port)) {
            exposed.putObject(port);
        }
    }
}
