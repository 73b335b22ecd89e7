package io.wunderproxy.deployment;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.deployment.Deployment.Transition;
import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The journal as JSON. Each deployment carries its launch configuration, so that recovery needs no store. Fields and states that
 * this version does not know are kept and written back.
 */
final class JournalDocument {

    private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS);
    private static final int VERSION = 1;

    private JournalDocument() {}

    /**
     * @param bootId of the machine when it was written
     * @param deployments in the order of their numbers
     * @param bake the last one
     * @param unknown other fields that a later version noted
     */
    record Content(
            String bootId,
            List<Deployment> deployments,
            Optional<Served> served,
            Optional<Bake> bake,
            UnknownFields unknown) {
        static final Content NOTHING =
                new Content("", List.of(), Optional.empty(), Optional.empty(), UnknownFields.NONE);
    }

    /**
     * The configuration that served last.
     *
     * @param bootId of the machine when it served
     * @param unknown fields that a later version noted about it
     */
    record Served(LaunchConfig config, String bootId, UnknownFields unknown) {
        Served(LaunchConfig config, String bootId) {
            this(config, bootId, UnknownFields.NONE);
        }
    }

    /** The bytes are not a journal that this version understands. */
    static final class UnreadableException extends Exception {
        private UnreadableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static byte[] write(Content content) throws IOException {
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(tree(content));
    }

    private static ObjectNode tree(Content content) {
        var root = JsonNodeFactory.instance.objectNode();
        root.put("Version", VERSION);
        root.put("Boot", content.bootId());
        content.served().ifPresent(served -> root.set("Served", tree(served)));
        content.bake().ifPresent(bake -> root.set("Bake", tree(bake)));
        var deployments = root.putArray("Deployments");
        content.deployments().forEach(d -> deployments.add(tree(d)));
        return content.unknown().addTo(root);
    }

    private static ObjectNode tree(Served served) {
        var node = JsonNodeFactory.instance.objectNode();
        node.put("Hash", served.config().hash().value());
        node.put("Boot", served.bootId());
        node.put("Config", served.config().document());
        return served.unknown().addTo(node);
    }

    private static ObjectNode tree(Bake bake) {
        var node = JsonNodeFactory.instance.objectNode();
        node.put("Hash", bake.hash().value());
        node.put("Former", bake.former().value());
        node.put("State", bake.state().label());
        node.put("Began", bake.began().toString());
        node.put("Ends", bake.ends().toString());
        node.put("Reason", bake.reason());
        var lines = node.putArray("Output");
        bake.output().forEach(lines::add);
        node.putObject("Baseline")
                .put("Requests", bake.baseline().requests())
                .put("Errors", bake.baseline().errors())
                .put("P90", bake.baseline().p90())
                .put("P99", bake.baseline().p99());
        return node;
    }

    /** A bake that this version can't read is none: nothing depends on it but the way back. */
    private static Optional<Bake> bake(JsonNode node) {
        try {
            var traffic = node.path("Baseline");
            return Optional.of(new Bake(
                    new ConfigHash(node.path("Hash").asText()),
                    new ConfigHash(node.path("Former").asText()),
                    Bake.State.of(node.path("State").asText()),
                    Instant.parse(node.path("Began").asText()),
                    Instant.parse(node.path("Ends").asText()),
                    new Traffic(
                            traffic.path("Requests").asLong(),
                            traffic.path("Errors").asLong(),
                            traffic.path("P90").asDouble(),
                            traffic.path("P99").asDouble()),
                    node.path("Reason").asText(),
                    node.path("Output").valueStream().map(JsonNode::asText).toList()));
        } catch (IllegalArgumentException | DateTimeException e) {
            return Optional.empty();
        }
    }

    private static ObjectNode tree(Deployment deployment) {
        var node = JsonNodeFactory.instance.objectNode();
        node.put("Number", deployment.number());
        node.put("Hash", deployment.hash().value());
        node.put("Revision", deployment.revision());
        node.put("State", deployment.state().label());
        if (deployment.state() instanceof DeploymentState.Failed(var reason, var output)) {
            node.put("Reason", reason);
            var lines = node.putArray("Output");
            output.forEach(lines::add);
        }
        deployment.state().running().ifPresent(instance -> node.putObject(Deployment.INSTANCE)
                .put("ContainerId", instance.containerId())
                .put("ContainerName", instance.containerName())
                .put("Host", instance.address().host())
                .put("HostPort", instance.address().port())
                .put("Port", instance.port()));
        var history = node.putArray("History");
        deployment.history().forEach(t -> history.add(tree(t)));
        deployment.config().ifPresent(config -> node.put("Config", config.document()));
        return deployment.unknown().addTo(node);
    }

    private static ObjectNode tree(Transition transition) {
        var node = JsonNodeFactory.instance.objectNode();
        node.put("State", transition.state()).put("At", transition.at().toString());
        return transition.unknown().addTo(node);
    }

    /** @throws UnreadableException if this version can't read the journal; its message says why */
    static Content read(byte[] document) throws UnreadableException {
        try {
            var root = JSON.readTree(document);
            if (!root.isObject()) {
                throw new UnreadableException(document.length == 0 ? "it is empty" : "it is not a JSON object", null);
            }
            if (root.path("Version").asInt() != VERSION) {
                throw new UnreadableException(
                        "it has the format " + root.path("Version").asText("without a number")
                                + ", and this version of wunderproxy knows the format " + VERSION,
                        null);
            }
            return read(root);
        } catch (IOException e) {
            throw new UnreadableException("it is not JSON", e);
        }
    }

    private static Content read(JsonNode root) throws IOException, UnreadableException {
        if (!root.path("Deployments").isArray()) {
            throw new UnreadableException("it has no list of deployments", null);
        }
        var deployments = new ArrayList<Deployment>();
        for (var node : root.path("Deployments")) {
            deployments.add(readDeployment(node));
        }
        var bootId = root.path("Boot").asText();
        var known = new Content(
                bootId,
                numbered(deployments),
                served(root.path("Served"), bootId, deployments),
                bake(root.path("Bake")),
                UnknownFields.NONE);
        return new Content(
                bootId, known.deployments(), known.served(), known.bake(), UnknownFields.of(root, tree(known)));
    }

    /** An older version wrote no numbers: the times of the launches give their order then. */
    private static List<Deployment> numbered(List<Deployment> deployments) {
        if (deployments.stream().allMatch(d -> d.number() > 0)) {
            return deployments;
        }
        var inOrder = deployments.stream()
                .sorted(Comparator.comparing(Deployment::launchedAt))
                .toList();
        return IntStream.range(0, inOrder.size())
                .mapToObj(i -> inOrder.get(i).numbered(i + 1L))
                .toList();
    }

    /** An older version wrote only which deployment is active. */
    private static Optional<Served> served(JsonNode node, String bootId, List<Deployment> deployments)
            throws IOException, UnreadableException {
        if (node.isMissingNode()) {
            return deployments.stream()
                    .filter(d -> d.state() instanceof DeploymentState.Active)
                    .findFirst()
                    .flatMap(Deployment::config)
                    .map(config -> new Served(config, bootId));
        }
        try {
            var config = config(new ConfigHash(node.path("Hash").asText()), node.path("Config"));
            var known = new Served(config, node.path("Boot").asText());
            return Optional.of(new Served(config, known.bootId(), UnknownFields.of(node, tree(known))));
        } catch (InvalidLaunchConfigException | IllegalArgumentException e) {
            throw new UnreadableException("what served last: " + e.getMessage(), e);
        }
    }

    private static Deployment readDeployment(JsonNode node) throws IOException, UnreadableException {
        try {
            var hash = new ConfigHash(node.path("Hash").asText());
            var config = node.path("Config").isMissingNode()
                    ? Optional.<LaunchConfig>empty()
                    : Optional.of(config(hash, node.path("Config")));
            var history = node.path("History")
                    .valueStream()
                    .map(JournalDocument::readTransition)
                    .toList();
            if (history.isEmpty()) {
                throw new IllegalArgumentException("it has no history");
            }
            var state = readState(node, config.isPresent());
            if (config.isEmpty() && state.running().isPresent()) {
                throw new IllegalArgumentException("it runs, and has no configuration");
            }
            var known = new Deployment(
                    node.path("Number").asLong(),
                    hash,
                    node.path("Revision").asText(),
                    config,
                    state,
                    history,
                    UnknownFields.NONE);
            return new Deployment(
                    known.number(),
                    hash,
                    known.revision(),
                    config,
                    state,
                    history,
                    UnknownFields.of(node, tree(known)));
        } catch (InvalidLaunchConfigException | IllegalArgumentException | DateTimeException e) {
            throw new UnreadableException(
                    "deployment " + node.path("Revision").asText("without a revision") + ": " + e.getMessage(), e);
        }
    }

    private static LaunchConfig config(ConfigHash hash, JsonNode node)
            throws IOException, InvalidLaunchConfigException {
        if (!node.isTextual()) {
            throw new IllegalArgumentException("its configuration is missing");
        }
        return LaunchConfig.parse(hash, node.binaryValue());
    }

    private static Transition readTransition(JsonNode node) {
        var known = new Transition(
                node.path("State").asText(), Instant.parse(node.path("At").asText()));
        return new Transition(known.state(), known.at(), UnknownFields.of(node, tree(known)));
    }

    private static DeploymentState readState(JsonNode node, boolean hasConfig) {
        var i = node.path(Deployment.INSTANCE);
        var instance = new Instance(
                i.path("ContainerId").asText(),
                i.path("ContainerName").asText(),
                new Address(i.path("Host").asText(), i.path("HostPort").asInt()),
                i.path("Port").asInt());
        return switch (node.path("State").asText()) {
            case "launching" -> new DeploymentState.Launching();
            case "healthy" -> new DeploymentState.Healthy(instance);
            case "active" -> new DeploymentState.Active(instance);
            case "draining" -> new DeploymentState.Draining(instance);
            case "retiring" -> new DeploymentState.Retiring(instance);
            case "gone" -> new DeploymentState.Gone();
            case "failed" ->
                new DeploymentState.Failed(
                        node.path("Reason").asText(),
                        node.path("Output").valueStream().map(JsonNode::asText).toList());
            case "" -> throw new IllegalArgumentException("it has no state");
            // Only a container that can be stopped and removed counts as running.
            case String later ->
                new DeploymentState.Unknown(
                        later, hasConfig && i.has("ContainerId") ? Optional.of(instance) : Optional.empty());
        };
    }
}
