package io.wunderproxy.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.deployment.Deployment.Transition;
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

/** The journal as JSON. Each deployment carries its launch configuration, so that recovery needs no store. */
final class JournalDocument {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int VERSION = 1;

    private JournalDocument() {}

    /**
     * @param bootId of the machine when it was written
     * @param deployments in the order of their numbers
     */
    record Content(String bootId, List<Deployment> deployments, Optional<Served> served) {
        static final Content NOTHING = new Content("", List.of(), Optional.empty());
    }

    /**
     * What served last.
     *
     * @param bootId of the machine when it did
     */
    record Served(LaunchConfig config, String bootId) {}

    /** The bytes are not a journal that this version understands. */
    static final class UnreadableException extends Exception {
        private UnreadableException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    static byte[] write(Content content) throws IOException {
        var root = JsonNodeFactory.instance.objectNode();
        root.put("Version", VERSION);
        root.put("Boot", content.bootId());
        content.served().ifPresent(served -> root.putObject("Served")
                .put("Hash", served.config().hash().value())
                .put("Boot", served.bootId())
                .put("Config", served.config().document()));
        var deployments = root.putArray("Deployments");
        content.deployments().forEach(d -> deployments.add(write(d)));
        return JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(root);
    }

    private static ObjectNode write(Deployment deployment) {
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
        deployment.state().running().ifPresent(instance -> node.putObject("Instance")
                .put("ContainerId", instance.containerId())
                .put("ContainerName", instance.containerName())
                .put("Host", instance.address().host())
                .put("HostPort", instance.address().port())
                .put("Port", instance.port()));
        var history = node.putArray("History");
        deployment
                .history()
                .forEach(t -> history.addObject().put("State", t.state()).put("At", t.at().toString()));
        deployment.config().ifPresent(config -> node.put("Config", config.document()));
        return node;
    }

    static Content read(byte[] document) throws UnreadableException {
        try {
            var root = JSON.readTree(document);
            if (root.path("Version").asInt() != VERSION) {
                throw new UnreadableException("it has no version " + VERSION, null);
            }
            var deployments = new ArrayList<Deployment>();
            for (var node : root.path("Deployments")) {
                deployments.add(readDeployment(node));
            }
            var bootId = root.path("Boot").asText();
            return new Content(bootId, numbered(deployments), served(root.path("Served"), bootId, deployments));
        } catch (IOException e) {
            throw new UnreadableException("not JSON", e);
        } catch (InvalidLaunchConfigException | IllegalArgumentException | DateTimeException e) {
            throw new UnreadableException(e.getMessage(), e);
        }
    }

    /** An older version wrote no numbers: the times of the launches tell their order then. */
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
            throws IOException, InvalidLaunchConfigException {
        if (node.isMissingNode()) {
            return deployments.stream()
                    .filter(d -> d.state() instanceof DeploymentState.Active)
                    .findFirst()
                    .flatMap(Deployment::config)
                    .map(config -> new Served(config, bootId));
        }
        var config = LaunchConfig.parse(
                new ConfigHash(node.path("Hash").asText()), node.path("Config").binaryValue());
        return Optional.of(new Served(config, node.path("Boot").asText()));
    }

    private static Deployment readDeployment(JsonNode node) throws IOException, InvalidLaunchConfigException {
        var hash = new ConfigHash(node.path("Hash").asText());
        var config = node.path("Config").isMissingNode()
                ? Optional.<LaunchConfig>empty()
                : Optional.of(LaunchConfig.parse(hash, node.path("Config").binaryValue()));
        var history = node.path("History")
                .valueStream()
                .map(t -> new Transition(
                        t.path("State").asText(), Instant.parse(t.path("At").asText())))
                .toList();
        if (history.isEmpty()) {
            throw new IllegalArgumentException("a deployment without a history");
        }
        return new Deployment(
                node.path("Number").asLong(), hash, node.path("Revision").asText(), config, readState(node), history);
    }

    private static DeploymentState readState(JsonNode node) {
        var i = node.path("Instance");
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
            default -> throw new IllegalArgumentException("an unknown state");
        };
    }
}
