package io.wunderproxy.launchconfig;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Optional;

/**
 * One revision of the application as the store describes it: what to give to Docker and how to tell that it is healthy.
 *
 * @param hash the digest of the document that this was read from
 * @param document exactly the bytes that this was read from
 * @param revision names the container
 * @param containerConfig Docker's own object, whole: fields unknown to this program are kept
 * @param hostConfig Docker's own object, whole
 * @param protocol what the application speaks
 * @param forceReload whether the image is pulled even if the engine has it
 * @param imageBucket where an embedded registry finds the image; empty: where the agent was told
 */
public record LaunchConfig(
        ConfigHash hash,
        byte[] document,
        String revision,
        ObjectNode containerConfig,
        ObjectNode hostConfig,
        HealthCheckConfig healthCheck,
        Protocol protocol,
        boolean forceReload,
        Optional<ImageBucket> imageBucket) {

    /** What an application speaks, without TLS. */
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

    /** The environment as {@code KEY=value} lines. */
    public List<String> environment() {
        return containerConfig
                .path("Env")
                .valueStream()
                .map(line -> line.textValue())
                .toList();
    }
}
