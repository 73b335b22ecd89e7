package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.DrainResult;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jboss.logging.Logger.Level;

/**
 * Takes deployments out of service: waits for their last request, then stops and removes the container and deletes the image. A
 * step that the engine does not do now is tried again until it is done.
 */
final class Retirement {

    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofMillis(500), Duration.ofSeconds(30));

    /** The interval between two looks at how many requests are left. */
    private static final Duration LOOK = Duration.ofSeconds(1);

    /** How long stopping and removing may take beyond the stop timeout. */
    private static final Duration REMOVAL = Duration.ofSeconds(5);

    private final DeploymentOptions settings;
    private final Application application;
    private final ContainerRuntime runtime;
    private final Journal journal;
    private final AppBackends backends;
    private final EventLog events;
    private final MonotonicTime time;
    private final ConcurrentHashMap<ConfigHash, CompletableFuture<Void>> underWay = new ConcurrentHashMap<>();
    private volatile CompletableFuture<Void> otherEnded = CompletableFuture.completedFuture(null);
    /** Sweeps that were asked for and are not done. */
    private final AtomicInteger sweeps = new AtomicInteger();

    /** The active deployments whose container is being replaced: the journal does not know the new one yet. */
    private final Set<ConfigHash> replacing = ConcurrentHashMap.newKeySet();

    Retirement(
            DeploymentOptions settings,
            Application application,
            ContainerRuntime runtime,
            Journal journal,
            AppBackends backends,
            EventLog events,
            MonotonicTime time) {
        this.settings = settings;
        this.application = application;
        this.runtime = runtime;
        this.journal = journal;
        this.backends = backends;
        this.events = events;
        this.time = time;
    }

    /** Retires a draining deployment when its last lease is returned, or the drain timeout has passed. */
    void afterDrain(Deployment draining) {
        background("drain", draining, () -> {
            if (drained(draining)) {
                retire(draining);
            }
        });
    }

    /** Retires a deployment that nobody uses. */
    void now(Deployment unused) {
        background("retire", unused, () -> retire(unused));
    }

    /** Another process may have requests open at a container, and nobody but that one knows. */
    void awaitBeforeRemovals(CompletableFuture<Void> endOfOther) {
        otherEnded = endOfOther;
    }

    private void retire(Deployment unused) throws InterruptedException {
        awaitOther();
        journal.changes().<InterruptedException>unlessPassedOn(() -> {
            if (claim(unused)) {
                finish(unused);
            }
        });
    }

    private void awaitOther() throws InterruptedException {
        try {
            otherEnded.get();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a process ends without a result", e);
        }
    }

    /** Retires a deployment that nobody uses, and returns when its container is gone; false if it is in use by now. */
    boolean nowAndWait(Deployment unused) throws EngineException, InterruptedException {
        awaitOther();
        if (!claim(unused)) {
            return false;
        }
        var instance = unused.state().running().orElseThrow();
        try {
            stopAndRemove(unused, instance);
            end(unused);
            underWay.remove(unused.hash()).complete(null);
            return true;
        } catch (EngineException e) {
            background("retire", unused, () -> journal.changes()
                    .<InterruptedException>unlessPassedOn(() -> finish(unused)));
            throw e;
        }
    }

    /** Waits for a removal of this deployment that has begun, for as long as one takes when all is well. */
    void awaitEnd(ConfigHash hash) throws DeploymentException, InterruptedException {
        var removal = underWay.get(hash);
        if (removal == null) {
            return;
        }
        try {
            time.await(removal, settings.stopTimeout().plus(REMOVAL));
        } catch (ExecutionException e) {
            throw new IllegalStateException("a removal ends without a result", e);
        } catch (TimeoutException e) {
            throw new DeploymentException(
                    Failure.Kind.ENGINE_UNAVAILABLE,
                    "the former container of this configuration is still being removed; the agent's log says what keeps Docker"
                            + " from it: try again then");
        }
    }

    private boolean drained(Deployment draining) throws InterruptedException {
        var backend = draining.backend(draining.state().running().orElseThrow());
        var end = backends.drained(backend);
        var leases = backends.leases(backend);
        events.add(draining(draining, leases, "draining: " + open(leases)));
        var left = settings.drainTimeout();
        do {
            var look = left.compareTo(LOOK) < 0 ? left : LOOK;
            try {
                return time.await(end, look) != DrainResult.REACTIVATED;
            } catch (TimeoutException e) {
                left = left.minus(look);
            } catch (ExecutionException e) {
                throw new IllegalStateException("a drain ends with a result", e);
            }
            var now = backends.leases(backend);
            if (now != leases) {
                leases = now;
                events.add(draining(draining, leases, "draining: " + open(leases))
                        .at(Level.DEBUG)
                        .untilNext());
            }
        } while (left.isPositive());
        var after = " after " + settings.drainTimeout().toSeconds() + " s; they are cut off";
        events.add(draining(draining, leases, open(leases) + after).at(Level.WARN));
        return true;
    }

    private static Event draining(Deployment deployment, long leases, String message) {
        var event = deployment.event(EventType.DRAINING, message).with(EventDetail.LEASES, leases);
        return deployment
                .state()
                .running()
                .map(Instance::containerId)
                .map(event::in)
                .orElse(event);
    }

    private static String open(long leases) {
        return switch ((int) Math.min(leases, 2)) {
            case 0 -> "no request is open";
            case 1 -> "1 request is open";
            default -> leases + " requests are open";
        };
    }

    /** Claims the deployment for removal, for good; false if it was switched to again in the meantime. */
    private boolean claim(Deployment seen) {
        var instance = seen.state().running().orElseThrow();
        return journal.replaceAsFact(seen, new DeploymentState.Retiring(instance), () -> {
                    underWay.put(seen.hash(), new CompletableFuture<>());
                    backends.abandon(seen.backend(instance));
                })
                .isPresent();
    }

    private void finish(Deployment retiring) throws InterruptedException {
        var instance = retiring.state().running().orElseThrow();
        try {
            untilDone(retiring, "stop container " + instance.abbreviatedId(), () -> stopAndRemove(retiring, instance));
            end(retiring);
        } finally {
            underWay.remove(retiring.hash()).complete(null);
        }
    }

    private void stopAndRemove(Deployment deployment, Instance instance) throws EngineException {
        runtime.stop(instance.containerId(), settings.stopTimeout());
        events.add(deployment
                .event(EventType.STOPPED, "stopped container " + instance.abbreviatedId())
                .in(instance.containerId()));
        Application.remove(runtime, instance.containerId());
        events.add(deployment
                .event(EventType.REMOVED, "removed container " + instance.abbreviatedId())
                .in(instance.containerId()));
    }

    /** Deletes the image before the deployment counts as gone, so that an agent killed in between deletes it later. */
    private void end(Deployment retiring) {
        var image = retiring.config().orElseThrow().image();
        try {
            if (deleteImage(image, Optional.of(retiring.hash()))) {
                events.add(retiring.event(EventType.REMOVED, "deleted image " + image));
            }
        } catch (EngineException e) {
            events.add(retiring.event(EventType.REMOVED, "the image stays: " + e.getMessage())
                    .at(Level.WARN));
        }
        journal.moveAsFact(retiring.hash(), new DeploymentState.Gone());
    }

    /**
     * Removes containers that no deployment needs: those of former agents and those that a killed one left. Sweeps asked for
     * during one become a single one after it, since it looked at the containers before.
     */
    void sweep() {
        if (sweeps.getAndIncrement() > 0) {
            return;
        }
        Thread.ofVirtual().name("sweep").start(() -> {
            try {
                int asked;
                do {
                    asked = sweeps.get();
                    awaitOther();
                    journal.changes().unlessPassedOn(this::removeAllLeft);
                } while (sweeps.addAndGet(-asked) > 0);
            } catch (InterruptedException e) {
                sweeps.set(0);
                Thread.currentThread().interrupt();
            } catch (RuntimeException e) {
                sweeps.set(0);
                throw e;
            }
        });
    }

    private void removeAllLeft() {
        try {
            for (var container : application.containers(runtime)) {
                if (!isNeeded(container)) {
                    removeLeft(container);
                }
            }
        } catch (EngineException e) {
            var problem = "cannot look for left containers: " + e.getMessage() + "; the next switch or start does it";
            events.add(Event.of(EventType.DELAYED, problem).at(Level.WARN));
        }
    }

    private void removeLeft(Container container) {
        var name = "container " + container.abbreviatedId() + " (" + container.name() + ")";
        try {
            runtime.stop(container.id(), settings.stopTimeout());
            Application.remove(runtime, container.id());
            events.add(Event.of(EventType.REMOVED, "removed " + name + ", which no deployment needs")
                    .in(container.id()));
            if (deleteImage(container.image(), Optional.empty())) {
                events.add(Event.of(EventType.REMOVED, "deleted image " + container.image()));
            }
        } catch (EngineException e) {
            var problem = "cannot remove " + name + ": " + e.getMessage() + "; the next switch or start does it";
            events.add(Event.of(EventType.DELAYED, problem).at(Level.WARN));
        }
    }

    /** Protects all containers of this deployment from sweeps from now on. */
    void beginReplacing(Deployment active) {
        replacing.add(active.hash());
    }

    /** Ends the replacement: the journal knows the new container, or nobody needs it. */
    void endReplacing(Deployment active) {
        replacing.remove(active.hash());
        sweep();
    }

    private boolean isNeeded(Container container) {
        // Checked before the journal, which knows the new container before the replacement ends.
        if (container
                .label(Application.HASH_LABEL)
                .filter(hash ->
                        replacing.stream().anyMatch(replaced -> replaced.value().equals(hash)))
                .isPresent()) {
            return true;
        }
        return journal.all().stream().filter(d -> !d.state().ended()).anyMatch(d -> d.state()
                .running()
                .map(i -> i.containerId().equals(container.id()))
                .orElseGet(() -> container
                        .label(Application.HASH_LABEL)
                        .map(d.hash().value()::equals)
                        .orElse(container.name().equals(d.revision()))));
    }

    /** Removes the container of a launch that failed, however long Docker takes; a new launch of it waits for that. */
    void remove(ConfigHash hash, String containerId) {
        var deployment = journal.find(hash).orElseThrow();
        var removal = new CompletableFuture<Void>();
        underWay.put(hash, removal);
        // What asked for it is under way itself.
        var counted = journal.changes().begin();
        Thread.ofVirtual().name("remove-" + hash.abbreviated()).start(() -> {
            try {
                untilDone(deployment, "remove its container", () -> Application.remove(runtime, containerId));
                events.add(deployment
                        .event(EventType.REMOVED, "removed its container, since the launch failed")
                        .in(containerId));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                underWay.remove(hash, removal);
                removal.complete(null);
                if (counted) {
                    journal.changes().end();
                }
            }
        });
    }

    /**
     * Deletes an image that nobody needs; returns whether it is gone.
     *
     * @param ending the deployment whose need for the image does not count any more
     */
    private boolean deleteImage(String image, Optional<ConfigHash> ending) throws EngineException {
        var needed = Stream.concat(
                        journal.all().stream()
                                .filter(d -> !Optional.of(d.hash()).equals(ending))
                                .flatMap(d -> d.config().stream()),
                        // It may have failed to come back, and is tried again.
                        journal.served().stream())
                .anyMatch(config -> config.image().equals(image));
        return !needed && runtime.removeImage(image);
    }

    private interface EngineStep {
        void run() throws EngineException;
    }

    private void untilDone(Deployment deployment, String what, EngineStep step) throws InterruptedException {
        var pause = PAUSE;
        while (true) {
            try {
                step.run();
                return;
            } catch (EngineException e) {
                var problem = "cannot " + what + " yet: " + e.getMessage() + "; trying again in "
                        + pause.duration().toMillis() + " ms";
                events.add(deployment
                        .event(EventType.DELAYED, problem)
                        .at(Level.WARN)
                        .untilNext());
                time.sleep(pause.duration());
                pause = pause.next();
            }
        }
    }

    private interface Work {
        void run() throws InterruptedException;
    }

    private static void background(String name, Deployment deployment, Work work) {
        Thread.ofVirtual().name(name + "-" + deployment.hash().abbreviated()).start(() -> {
            try {
                work.run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
