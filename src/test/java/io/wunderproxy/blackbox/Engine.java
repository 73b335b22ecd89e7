package io.wunderproxy.blackbox;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** What the Docker Engine itself says, asked with its own command line: the truth that the agent is measured against. */
final class Engine {
    private final String host;

    Engine(String host) {
        this.host = host;
    }

    /** The engine of this machine. */
    static Engine ofThisMachine() {
        return new Engine("unix:///var/run/docker.sock");
    }

    /** The value of DOCKER_HOST for it. */
    String host() {
        return host;
    }

    record Container(String id, String name, String image, String state, String address, JsonNode inspected) {
        boolean isRunning() {
            return state.equals("running");
        }

        String label(String name) {
            return inspected.at("/Config/Labels").path(name).asText();
        }

        List<String> environment() {
            return strings(inspected.at("/Config/Env"));
        }

        String startedAt() {
            return inspected.at("/State/StartedAt").asText();
        }

        /** The port of 127.0.0.1 (or wherever it is bound) that leads to this port of the container. */
        int publishedPort(String port) {
            return inspected
                    .at("/NetworkSettings/Ports")
                    .path(port)
                    .path(0)
                    .path("HostPort")
                    .asInt();
        }

        private static List<String> strings(JsonNode array) {
            return StreamSupport.stream(array.spliterator(), false)
                    .map(JsonNode::asText)
                    .toList();
        }
    }

    /** All containers of an application, running or not. */
    List<Container> containers(String app) {
        var ids = docker("ps", "--all", "--quiet", "--no-trunc", "--filter", "label=io.wunderproxy.app=" + app);
        var byImage = docker("ps", "--all", "--no-trunc", "--format", "{{.ID}} {{.Image}}")
                .lines()
                .filter(line -> line.contains("/" + app + ":"))
                .map(line -> line.substring(0, line.indexOf(' ')));
        return Stream.concat(ids.lines(), byImage)
                .distinct()
                .flatMap(this::inspect)
                .toList();
    }

    private Stream<Container> inspect(String id) {
        var response = Command.of("docker", "--host", host, "inspect", "--type", "container", id);
        if (response.exitCode() != 0) {
            return Stream.empty(); // gone between the two questions
        }
        try {
            var json = new ObjectMapper().readTree(response.output()).get(0);
            return Stream.of(new Container(
                    json.path("Id").asText(),
                    json.path("Name").asText().substring(1),
                    json.at("/Config/Image").asText(),
                    json.at("/State/Status").asText(),
                    json.at("/NetworkSettings/IPAddress").asText(),
                    json));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The tags of an application's images that the engine has. */
    List<String> imageTags(String app) {
        return docker("images", "--format", "{{.Repository}}:{{.Tag}}")
                .lines()
                .filter(name -> name.contains("/" + app + ":"))
                .toList();
    }

    /** Builds an image of the sample application, with a layer and an identity of its own. */
    void buildImage(String name) {
        buildImage(name, WebApp.archive());
    }

    /**
     * Builds it of a tar archive with the application and whatever else.
     *
     * @param arguments with which it is started, such as {@code PORT=80}
     */
    void buildImage(String name, Path files, String... arguments) {
        try (InputStream archive = Files.newInputStream(files)) {
            var words = new ArrayList<>(List.of("docker", "--host", host, "import"));
            var entrypoint = Stream.concat(Stream.of("/webapp"), Stream.of(arguments))
                    .map(word -> '"' + word + '"')
                    .collect(Collectors.joining(", ", "ENTRYPOINT [", "]"));
            words.addAll(List.of("--change", entrypoint, "--change", "LABEL built.for=" + appOf(name)));
            words.addAll(List.of("-", name));
            Command.of(archive, words).orFail("docker import " + name);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void push(String image) {
        docker("push", "--quiet", image);
    }

    void removeImage(String image) {
        docker("rmi", "--force", image);
    }

    String run(String name, String image, String... more) {
        var words = new ArrayList<>(List.of("run", "--detach", "--name", name));
        words.addAll(List.of(more));
        words.add(image);
        return docker(words.toArray(String[]::new));
    }

    void stop(String container) {
        docker("stop", "--time", "0", container);
    }

    void kill(String container) {
        docker("kill", container);
    }

    void remove(String container) {
        docker("rm", "--force", container);
    }

    /** Removes all that is left of an application. */
    void removeEverythingOf(String app) {
        for (var container : containers(app)) {
            Command.of("docker", "--host", host, "rm", "--force", "--volumes", container.id());
        }
        for (var image : imageTags(app)) {
            Command.of("docker", "--host", host, "rmi", "--force", image);
        }
        // Those that lost their tag to a newer one.
        for (var image : docker("images", "--quiet", "--filter", "label=built.for=" + app)
                .lines()
                .toList()) {
            Command.of("docker", "--host", host, "rmi", "--force", image);
        }
    }

    /** localhost:8080/app:tag */
    private static String appOf(String image) {
        return image.substring(image.indexOf('/') + 1, image.lastIndexOf(':'));
    }

    private String docker(String... words) {
        var all = new ArrayList<>(List.of("docker", "--host", host));
        all.addAll(List.of(words));
        return Command.run(all.toArray(String[]::new));
    }
}
