package io.wunderproxy.container;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.github.dockerjava.api.DockerClient;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.command.WaitContainerResultCallback;
import com.github.dockerjava.api.exception.ConflictException;
import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.api.exception.NotFoundException;
import com.github.dockerjava.api.exception.NotModifiedException;
import com.github.dockerjava.transport.DockerHttpClient;
import io.wunderproxy.container.ContainerRuntime.ContainerFilter;
import io.wunderproxy.container.ContainerRuntime.Volumes;
import io.wunderproxy.container.EngineException.Kind;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/** The calls that list, create, start, stop and remove an engine's containers. Each can be repeated safely. */
final class ContainerCalls {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** The longest chain of containers in which each shares the network of the next. */
    private static final int LONGEST_CHAIN = 5;

    private static final Duration EXIT_POLL = Duration.ofMillis(500);

    private final EngineCalls calls;

    ContainerCalls(EngineCalls calls) {
        this.calls = calls;
    }

    /** All containers, stopped ones included, that the filter accepts. */
    List<Container> list(ContainerFilter filter) throws EngineException {
        var summaries = calls.call("list containers", EngineCalls.USUAL, client -> client.listContainersCmd()
                .withShowAll(true)
                .exec());
        var containers = new ArrayList<Container>();
        for (var summary : summaries) {
            if (filter.accepts(summary.getImage(), summary.getLabels())) {
                find(summary.getId()).ifPresent(containers::add);
            }
        }
        return containers;
    }

    Optional<Container> find(String idOrName) throws EngineException {
        return inspected(idOrName).map(found -> Containers.of(found.container(), found.network()));
    }

    /** A container, and the one whose network it shares, which may be gone; itself if it shares none. */
    private record Inspected(InspectContainerResponse container, Optional<InspectContainerResponse> network) {}

    private Optional<Inspected> inspected(String idOrName) throws EngineException {
        return calls.call("inspect container", EngineCalls.USUAL, client -> {
            var container = inspect(client, idOrName);
            var network = container;
            for (var depth = 0; depth < LONGEST_CHAIN && network.isPresent(); depth++) {
                var other = Containers.sharedWith(network.get());
                if (other.isEmpty()) {
                    break;
                }
                network = inspect(client, other.get());
            }
            var owner = network;
            return container.map(found -> new Inspected(found, owner));
        });
    }

    private static Optional<InspectContainerResponse> inspect(DockerClient client, String idOrName) {
        try {
            return Optional.of(client.inspectContainerCmd(idOrName).exec());
        } catch (NotFoundException e) {
            EngineWords.requireGone(e);
            return Optional.empty();
        }
    }

    /** The first running container whose entry in the listing matches. */
    Optional<Container> findRunning(Predicate<com.github.dockerjava.api.model.Container> like) throws EngineException {
        var id = calls
                .call("list containers", EngineCalls.USUAL, client -> client.listContainersCmd()
                        .exec())
                .stream()
                .filter(like)
                .map(running -> running.getId())
                .findFirst();
        return id.isPresent() ? find(id.get()) : Optional.empty();
    }

    /** Sends the body as JSON, not through docker-java's objects, which would drop the fields that they do not know. */
    String create(String name, ObjectNode body) throws EngineException {
        var request = calls.request(
                DockerHttpClient.Request.Method.POST,
                "/containers/create?name=" + URLEncoder.encode(name, StandardCharsets.UTF_8));
        return calls.within(EngineCalls.USUAL, "create container", () -> {
            request.putHeader("Content-Type", "application/json").bodyBytes(JSON.writeValueAsBytes(body));
            try (var response = calls.send(request.build())) {
                var described = JSON.readTree(response.getBody());
                var status = response.getStatusCode();
                if (status != 201) {
                    throw new EngineException(
                            switch (status) {
                                case 404 -> Kind.NO_IMAGE;
                                case 409 -> Kind.NAME_TAKEN;
                                default -> Kind.REFUSED;
                            },
                            "Docker can't create container " + name + ": " + EngineWords.of(status, described),
                            null);
                }
                return described.path("Id").textValue();
            }
        });
    }

    void start(String id) throws EngineException {
        calls.call("start container", EngineCalls.USUAL, client -> {
            try {
                client.startContainerCmd(id).exec();
            } catch (NotModifiedException e) {
                // It runs already.
            } catch (DockerException e) {
                if (EngineWords.isPortTaken(e)) {
                    throw new EngineException(
                            Kind.PORT_TAKEN, "Docker can't start container " + id + ": " + EngineWords.of(e), e);
                }
                throw e;
            }
            return null;
        });
    }

    void stop(String id, Duration timeout) throws EngineException {
        calls.call("stop container", timeout.plus(EngineCalls.USUAL), client -> {
            try {
                client.stopContainerCmd(id)
                        .withTimeout((int) Math.max(1, timeout.toSeconds()))
                        .exec();
            } catch (NotModifiedException e) {
                // It has ended already.
            } catch (NotFoundException e) {
                EngineWords.requireGone(e);
            }
            return null;
        });
    }

    void remove(String id, Volumes anonymous) throws EngineException {
        calls.call("remove container", EngineCalls.USUAL, client -> {
            try {
                client.removeContainerCmd(id)
                        .withForce(true)
                        .withRemoveVolumes(anonymous == Volumes.DELETE)
                        .exec();
            } catch (NotFoundException e) {
                EngineWords.requireGone(e);
            } catch (ConflictException e) {
                if (!EngineWords.of(e).contains("already in progress")) {
                    throw e;
                }
            }
            return null;
        });
    }

    /** A future that is done when the container no longer runs. */
    Future<?> exit(String id) {
        return calls.begin(() -> {
            while (find(id).map(Container::running).orElse(false)) {
                try (var wait = calls.client().waitContainerCmd(id).exec(new WaitContainerResultCallback())) {
                    wait.awaitCompletion();
                } catch (DockerException | IOException e) {
                    // Not every way to an engine allows for long calls: look again, now and then.
                    Thread.sleep(EXIT_POLL);
                }
            }
            return null;
        });
    }
}
