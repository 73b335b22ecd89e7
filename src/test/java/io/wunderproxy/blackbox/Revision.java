package io.wunderproxy.blackbox;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.function.Consumer;

/** A launch configuration on its way into the store: by default the sample application, well behaved, not in a registry. */
final class Revision {
    private static final ObjectMapper JSON = new ObjectMapper();

    private final Host host;
    private final ObjectNode json = JSON.createObjectNode();
    private String image;
    private String algorithm = "MD5";
    private Path archive = WebApp.archive();
    private boolean pushed;
    private boolean built = true;

    Revision(Host host, String name) {
        this.host = host;
        image = host.image(name);
        var container = json.putObject("ContainerConfig");
        container.put("Image", image);
        container.putArray("Env").add("REVISION=" + name);
        container.putObject("ExposedPorts").putObject("9292/tcp");
        json.putObject("HostConfig");
        json.put("HealthCheckPath", "up");
        json.put("Revision", name);
        json.put("ForceReload", false);
    }

    /** Adds a variable to the container's environment. */
    Revision env(String name, String value) {
        json.withArray("/ContainerConfig/Env").add(name + "=" + value);
        return this;
    }

    /** Gives the application a setting as an argument: unlike the environment, arguments are no secret. */
    Revision argument(String name, String value) {
        json.withArray("/ContainerConfig/Cmd").add(name + "=" + value);
        return this;
    }

    /** Changes the JSON in any way. */
    Revision with(Consumer<ObjectNode> change) {
        change.accept(json);
        return this;
    }

    /** Sets the deadline after which a launch that never got healthy has failed. */
    Revision deadline(String duration) {
        json.withObject("/HealthCheck").put("Deadline", duration);
        return this;
    }

    /** Uses the image of another revision. */
    Revision image(String name) {
        image = name;
        json.withObject("/ContainerConfig").put("Image", name);
        return this;
    }

    /** Its image is made of this tar archive. */
    Revision archive(Path files) {
        archive = files;
        return this;
    }

    /** Its image is only in the registry, not in the engine. */
    Revision pushed() {
        pushed = true;
        return this;
    }

    /** Its image exists nowhere. */
    Revision withoutImage() {
        built = false;
        return this;
    }

    Revision sha256() {
        algorithm = "SHA-256";
        return this;
    }

    /** Builds the image and puts the configuration into the store. */
    Published publish() {
        if (pushed) {
            host.registry();
        }
        if (built) {
            host.engine().buildImage(image, archive);
        }
        if (pushed) {
            host.engine().push(image);
            host.engine().removeImage(image);
        }
        var text = json.toPrettyString();
        var hash = host.store().putContainer(text, algorithm);
        return new Published(hash, json.path("Revision").asText(), image, text);
    }

    /** A configuration that lies in the store under its hash. */
    record Published(String hash, String revision, String image, String json) {}
}
