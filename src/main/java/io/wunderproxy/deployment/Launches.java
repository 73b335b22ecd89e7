package io.wunderproxy.deployment;

import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import org.jboss.logging.Logger.Level;

/** The launches under way: a caller that asks for one of them waits for it instead of starting another. */
final class Launches {

    private final LaunchConfigStore store;
    private final Journal journal;
    private final EventLog events;
    private final Instances instances;
    private final LaunchSteps steps;
    private final Retirement retirement;
    private final ConcurrentHashMap<ConfigHash, Running> running = new ConcurrentHashMap<>();

    Launches(
            LaunchConfigStore store,
            Journal journal,
            EventLog events,
            Instances instances,
            LaunchSteps steps,
            Retirement retirement) {
        this.store = store;
        this.journal = journal;
        this.events = events;
        this.instances = instances;
        this.steps = steps;
        this.retirement = retirement;
    }

    /** Brings the configuration with this hash, fetched from the store if need be, to a container that is confirmed healthy. */
    Deployment launch(ConfigHash hash) throws DeploymentException, InterruptedException {
        return await(join(hash, () -> fetch(hash)).end());
    }

    /** Returns as soon as the launch has begun: the configuration is known, and its deployment is listed. */
    Deployment begin(ConfigHash hash) throws DeploymentException, InterruptedException {
        return await(join(hash, () -> fetch(hash)).begun());
    }

    /** Brings a configuration that is at hand to a container that is confirmed healthy. */
    Deployment launch(LaunchConfig config) throws DeploymentException, InterruptedException {
        return await(join(config.hash(), () -> config).end());
    }

    /** A launch under way: first its deployment is listed, then it is confirmed healthy; or both fail. */
    private record Running(CompletableFuture<Deployment> begun, CompletableFuture<Deployment> end) {
        Running() {
            this(new CompletableFuture<>(), new CompletableFuture<>());
        }

        void complete(Deployment deployment) {
            begun.complete(deployment);
            end.complete(deployment);
        }

        void fail(Throwable e) {
            begun.completeExceptionally(e);
            end.completeExceptionally(e);
        }
    }

    private interface Source {
        LaunchConfig get() throws DeploymentException;
    }

    private Running join(ConfigHash hash, Source source) {
        return running.computeIfAbsent(hash, key -> {
            var launch = new Running();
            Thread.ofVirtual().name("launch-" + key.abbreviated()).start(() -> {
                // A caller that asks after its end gets a new launch.
                try (var _ = journal.changes().asked()) {
                    var deployment = launchNow(key, source, launch.begun());
                    running.remove(key, launch);
                    launch.complete(deployment);
                } catch (Throwable e) {
                    running.remove(key, launch);
                    launch.fail(e);
                }
            });
            return launch;
        });
    }

    private static Deployment await(CompletableFuture<Deployment> step)
            throws DeploymentException, InterruptedException {
        try {
            return step.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case DeploymentException known -> throw new DeploymentException(known.failure());
                case RuntimeException unexpected -> throw unexpected;
                case Throwable other -> throw new IllegalStateException(other);
            }
        }
    }

    private Deployment launchNow(ConfigHash hash, Source source, CompletableFuture<Deployment> begun)
            throws DeploymentException, InterruptedException {
        retirement.awaitEnd(hash);
        var known = journal.find(hash);
        if (known.isPresent() && isServing(known.get())) {
            try {
                return reconfirm(known.get());
            } catch (DeploymentException e) {
                if (journal.isStill(known.get())) {
                    throw e;
                }
                // Its drain has ended during the check, and its container goes: then another one is launched.
                return launchNow(hash, source, begun);
            }
        }
        var config = known.flatMap(Deployment::config).isPresent()
                ? known.get().config().get()
                : source.get();
        requireFiles(config);
        var deployment = begin(known, config);
        begun.complete(deployment);
        try {
            return confirmed(hash, steps.of(config).run());
        } catch (DeploymentException e) {
            var failure = e.failure();
            journal.moveAsFact(hash, new DeploymentState.Failed(failure.message(), failure.output()));
            events.add(failed(deployment.event(EventType.FAILED, "launch failed: " + failure.message()), failure));
            throw e;
        } catch (InterruptedException | RuntimeException e) {
            var failure = Failure.of(Kind.NOT_CONFIRMED, "the launch was broken off");
            journal.moveAsFact(hash, new DeploymentState.Failed(failure.message()));
            events.add(failed(deployment.event(EventType.FAILED, failure.message()), failure));
            throw e;
        }
    }

    private void requireFiles(LaunchConfig config) throws DeploymentException {
        try {
            ProxyFiles.require(config);
        } catch (DeploymentException e) {
            var event = Event.of(EventType.FAILED, "launch failed: " + e.getMessage())
                    .about(config.hash().value(), config.revision());
            events.add(failed(event, e.failure()));
            throw e;
        }
    }

    private static Event failed(Event event, Failure failure) {
        return event.with(EventDetail.REASON, failure.message()).at(Level.WARN);
    }

    private Deployment begin(Optional<Deployment> known, LaunchConfig config) throws DeploymentException {
        try {
            return journal.replace(config.hash(), known, () -> new Begun(journal.launching(config)), begun -> {})
                    .map(Begun::deployment)
                    .orElseThrow(() -> new DeploymentException(
                            Kind.NOT_CONFIRMED,
                            known.map(Deployment::toString).orElse("this configuration")
                                    + " was launched, switched or removed just now; try again"));
        } catch (IOException e) {
            throw DeploymentException.stateUnwritable(e);
        }
    }

    private record Begun(Deployment deployment) implements Journal.Change {
        @Override
        public List<Deployment> deployments() {
            return List.of(deployment);
        }
    }

    private Deployment confirmed(ConfigHash hash, Instance instance) throws DeploymentException {
        try {
            var deployment = journal.move(hash, new DeploymentState.Healthy(instance));
            events.add(confirmation(deployment, instance));
            return deployment;
        } catch (IOException e) {
            retirement.remove(hash, instance.containerId());
            throw DeploymentException.stateUnwritable(e);
        }
    }

    private static Event confirmation(Deployment deployment, Instance instance) {
        var message = "container " + instance.abbreviatedId() + " is healthy at " + instance.address();
        return deployment.event(EventType.CONFIRMED, message).in(instance.containerId());
    }

    private static boolean isServing(Deployment deployment) {
        return deployment.state() instanceof DeploymentState.Active
                || deployment.state() instanceof DeploymentState.Draining;
    }

    /** Launches a deployment that already serves: only checks its health, and keeps a draining one for the switch to follow. */
    private Deployment reconfirm(Deployment deployment) throws DeploymentException, InterruptedException {
        var instance = instances.locate(deployment);
        instances.requireHealthy(deployment, instance);
        events.add(confirmation(deployment, instance));
        if (deployment.state() instanceof DeploymentState.Active) {
            return deployment;
        }
        return journal.replaceAsFact(deployment, new DeploymentState.Healthy(instance), () -> {})
                .orElseThrow(() ->
                        new DeploymentException(Kind.NOT_CONFIRMED, deployment + " was removed just now; try again"));
    }

    private LaunchConfig fetch(ConfigHash hash) throws DeploymentException {
        events.add(
                Event.of(EventType.FETCHING, "fetching " + store.locate(hash)).about(hash.value()));
        try {
            return read(hash);
        } catch (DeploymentException e) {
            events.add(failed(
                    Event.of(EventType.FAILED, "launch failed: " + e.getMessage())
                            .about(hash.value()),
                    e.failure()));
            throw e;
        }
    }

    private LaunchConfig read(ConfigHash hash) throws DeploymentException {
        try {
            return store.find(hash)
                    .orElseThrow(() -> new DeploymentException(
                            Kind.UNKNOWN,
                            "there is no " + store.locate(hash) + "; upload the configuration, then launch it"));
        } catch (StoreException e) {
            throw new DeploymentException(e);
        } catch (InvalidLaunchConfigException e) {
            throw new DeploymentException(
                    Kind.INVALID, "invalid configuration " + store.locate(hash) + ": " + e.getMessage());
        }
    }
}
