package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.container.Listener;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The only class that starts containers: a container starts only while nobody listens where it will be probed, or on a port of
 * the host that it asks for. Otherwise somebody else's responses would confirm it.
 */
final class ContainerStart {

    private final ContainerRuntime runtime;
    private final Application application;
    private final Journal journal;

    /** Keeps two concurrent launches from finding the same port free. */
    private final ReentrantLock starting = new ReentrantLock();

    ContainerStart(ContainerRuntime runtime, Application application, Journal journal) {
        this.runtime = runtime;
        this.application = application;
        this.journal = journal;
    }

    /**
     * Starts the container of this configuration; does nothing if it runs already, since its ports are its own then.
     *
     * @throws DeploymentException if somebody else listens where it would; nothing was started
     */
    void start(String id, LaunchConfig config) throws EngineException, DeploymentException, InterruptedException {
        var container = runtime.find(id);
        if (container.isEmpty() || container.get().running()) {
            runtime.start(id);
            return;
        }
        var wanted = wanted(container.get(), config);
        if (wanted.isEmpty()) {
            start(container.get(), config, wanted);
            return;
        }
        starting.lockInterruptibly();
        try {
            requireFree(container.get(), config, wanted);
            start(container.get(), config, wanted);
        } finally {
            starting.unlock();
        }
    }

    /** Starts the container; Docker finds whoever has been faster, or has a port of another protocol. */
    private void start(Container container, LaunchConfig config, Map<Address, String> wanted)
            throws EngineException, DeploymentException {
        try {
            runtime.start(container.id());
        } catch (EngineException e) {
            if (e.kind() != EngineException.Kind.PORT_TAKEN) {
                throw e;
            }
            requireFree(container, config, wanted);
            throw new DeploymentException(
                    Failure.Kind.NOT_CONFIRMED,
                    e.getMessage() + "; leave HostPort in HostConfig.PortBindings empty, so that Docker chooses a free"
                            + " port, or free that one");
        }
    }

    /** The addresses where the container will listen and another may, each with the reason. */
    private Map<Address, String> wanted(Container container, LaunchConfig config) {
        var wanted = new LinkedHashMap<Address, String>();
        if (container.sharesNetwork()) {
            var ports = config.tcpPorts();
            ports.add(config.healthCheck().port().orElse(config.port()));
            for (var port : ports) {
                runtime.address(container, port)
                        .ifPresent(address -> wanted.put(
                                address,
                                "this configuration uses that network (HostConfig.NetworkMode): "
                                        + config.howToSeparate()));
            }
        }
        for (var fixed : config.fixedPorts()) {
            if (fixed.isTcp()) {
                wanted.put(
                        runtime.published(fixed.address(), fixed.port()),
                        fixed.field() + " asks for that port: leave HostPort empty, so that Docker chooses a free one,"
                                + " or free that one");
            }
        }
        return wanted;
    }

    private void requireFree(Container container, LaunchConfig config, Map<Address, String> wanted)
            throws EngineException, DeploymentException {
        for (var want : wanted.entrySet()) {
            var listener = runtime.listener(want.getKey());
            var who = listener.isPresent()
                    ? Optional.of(describe(listener.get()))
                    : container.sharesNetwork() ? claimant(container, want.getKey()) : Optional.<String>empty();
            if (who.isPresent()) {
                throw new DeploymentException(
                        Failure.Kind.NOT_CONFIRMED,
                        "container " + container.abbreviatedId() + " of revision " + config.revision()
                                + " was not started, since " + who.get() + " serves at " + want.getKey()
                                + " and its responses would look like the new container's; "
                                + want.getValue());
            }
        }
    }

    /** A deployment whose running container will listen there, or does at times: it may be starting. */
    private Optional<String> claimant(Container container, Address address) throws EngineException {
        for (var other : application.containers(runtime)) {
            var deployment = journal.of(other);
            if (!other.id().equals(container.id()) && other.running() && other.sharesNetwork()) {
                var config = deployment.flatMap(Deployment::config);
                if (config.isPresent() && wanted(other, config.get()).containsKey(address)) {
                    return Optional.of(describe(deployment.get(), other.abbreviatedId()));
                }
            }
        }
        return Optional.empty();
    }

    private String describe(Listener listener) throws EngineException {
        var container = listener.containerId().isPresent()
                ? runtime.find(listener.containerId().get())
                : Optional.<Container>empty();
        return container
                .flatMap(c -> journal.of(c).map(d -> describe(d, c.abbreviatedId())))
                .orElse(listener.description());
    }

    private static String describe(Deployment deployment, String abbreviatedId) {
        return deployment + " in container " + abbreviatedId;
    }
}
