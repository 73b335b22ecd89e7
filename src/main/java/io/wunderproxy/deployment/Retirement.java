package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.proxy.ActiveBackend;
import io.wunderproxy.proxy.DrainResult;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jboss.logging.Logger;

/**
 * Takes deployments out of service: waits for their last request, then stops and removes the container and deletes the image.
 * What the engine does not do now is tried again until it is done.
 */
final class Retirement {

    private static final Logger LOG = Logger.getLogger(Retirement.class);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);

    /** What stopping and removing may take beyond the stop time-out. */
    private static final Duration REMOVAL = Duration.ofSeconds(5);

    private final DeploymentConfig settings;
    private final Application application;
    private final ContainerRuntime runtime;
    private final Journal journal;
    private final ActiveBackend activeBackend;
    private final Instant startedAt;
    private final ConcurrentHashMap<ConfigHash, CountDownLatch> underWay = new ConcurrentHashMap<>();
    private final AtomicBoolean sweeping = new AtomicBoolean();

    Retirement(
            DeploymentConfig settings,
            Application application,
            ContainerRuntime runtime,
            Journal journal,
            ActiveBackend activeBackend,
            Instant startedAt) {
        this.settings = settings;
        this.application = application;
        this.runtime = runtime;
        this.journal = journal;
        this.activeBackend = activeBackend;
        this.startedAt = startedAt;
    }

    /** Retires a draining deployment when its last lease is returned, or the drain time-out has passed. */
    void afterDrain(Deployment draining) {
        background("drain", draining, () -> {
            if (drained(draining) && claim(draining)) {
                finish(draining);
            }
        });
    }

    /** Retires a deployment that nobody uses. */
    void now(Deployment unused) {
        background("retire", unused, () -> {
            if (claim(unused)) {
                finish(unused);
            }
        });
    }

    /** Retires a deployment that nobody uses, and returns when its container is gone; false if it is in use by now. */
    boolean nowAndWait(Deployment unused) throws EngineException {
        if (!claim(unused)) {
            return false;
        }
        var instance = unused.state().running().orElseThrow();
        try {
            runtime.stop(instance.containerId(), settings.stopTimeout());
            runtime.remove(instance.containerId());
            end(unused, instance);
            underWay.remove(unused.hash()).countDown();
            return true;
        } catch (EngineException e) {
            background("retire", unused, () -> finish(unused));
            throw e;
        }
    }

    /** Waits until a removal of this deployment that has begun is complete, for as long as one takes when all is well. */
    void awaitEnd(ConfigHash hash) throws DeploymentException, InterruptedException {
        var removal = underWay.get(hash);
        if (removal != null
                && !removal.await(settings.stopTimeout().plus(REMOVAL).toMillis(), TimeUnit.MILLISECONDS)) {
            throw new DeploymentException(
                    Failure.Kind.ENGINE_UNAVAILABLE,
                    "the former container of this configuration is still being removed; the agent's log says what keeps Docker"
                            + " from it: try again then");
        }
    }

    private boolean drained(Deployment draining) throws InterruptedException {
        var backend = draining.backend(draining.state().running().orElseThrow());
        var leases = activeBackend.leases(backend);
        if (leases > 0) {
            LOG.infof("%s: draining, %d requests are open", draining, leases);
        }
        try {
            return activeBackend.drained(backend).get(settings.drainTimeout().toMillis(), TimeUnit.MILLISECONDS)
                    != DrainResult.REACTIVATED;
        } catch (TimeoutException e) {
            LOG.warnf(
                    "%s: %d requests are still open after %d s and are cut off",
                    draining,
                    activeBackend.leases(backend),
                    settings.drainTimeout().toSeconds());
            return true;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a drain ends with a result", e);
        }
    }

    /** From here on there is no way back; false if the deployment was switched to again in the meantime. */
    private boolean claim(Deployment seen) {
        synchronized (journal) {
            if (!journal.find(seen.hash()).equals(Optional.of(seen))) {
                return false;
            }
            var instance = seen.state().running().orElseThrow();
            underWay.put(seen.hash(), new CountDownLatch(1));
            journal.moveAsFact(seen.hash(), new DeploymentState.Retiring(instance));
            activeBackend.abandon(seen.backend(instance));
            return true;
        }
    }

    private void finish(Deployment retiring) throws InterruptedException {
        var instance = retiring.state().running().orElseThrow();
        try {
            untilDone("stop container " + instance.abbreviatedId(), () -> {
                runtime.stop(instance.containerId(), settings.stopTimeout());
                runtime.remove(instance.containerId());
            });
            end(retiring, instance);
        } finally {
            underWay.remove(retiring.hash()).countDown();
        }
    }

    /** The image goes before the deployment counts as gone, so that an agent that is killed in between deletes it later. */
    private void end(Deployment retiring, Instance instance) {
        LOG.infof("%s: removed container %s", retiring, instance.abbreviatedId());
        try {
            deleteImage(retiring.config().orElseThrow().image(), Optional.of(retiring.hash()));
        } catch (EngineException e) {
            LOG.warnf("%s; the image stays", e.getMessage());
        }
        journal.moveAsFact(retiring.hash(), new DeploymentState.Gone());
    }

    /** Removes what no deployment needs: containers of former agents and those that a killed one left. */
    void sweep() {
        if (!sweeping.compareAndSet(false, true)) {
            return;
        }
        Thread.ofVirtual().name("sweep").start(() -> {
            try {
                for (var container : runtime.list(application::owns)) {
                    if (!isNeeded(container)) {
                        LOG.infof(
                                "removing container %s (%s): no deployment needs it",
                                container.abbreviatedId(), container.name());
                        removeLeft(container);
                    }
                }
            } catch (EngineException e) {
                LOG.warnf("cannot look for left containers: %s; the next switch or start does it", e.getMessage());
            } finally {
                sweeping.set(false);
            }
        });
    }

    private void removeLeft(Container container) {
        try {
            runtime.stop(container.id(), settings.stopTimeout());
            runtime.remove(container.id());
            deleteImage(container.image(), Optional.empty());
        } catch (EngineException e) {
            LOG.warnf("cannot remove container %s: %s", container.abbreviatedId(), e.getMessage());
        }
    }

    /**
     * A container without labels was left by the original tool if it is older than this agent; a younger one is somebody's own run of
     * an image of the application.
     */
    private boolean isNeeded(Container container) {
        if (container.label(Application.AGENT_LABEL).isEmpty()
                && container.created().isAfter(startedAt)) {
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
        var removal = new CountDownLatch(1);
        underWay.put(hash, removal);
        Thread.ofVirtual().name("remove-" + hash.abbreviated()).start(() -> {
            try {
                untilDone("remove container", () -> runtime.remove(containerId));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                underWay.remove(hash, removal);
                removal.countDown();
            }
        });
    }

    /** @param ending the deployment whose need for the image does not count any more */
    private void deleteImage(String image, Optional<ConfigHash> ending) throws EngineException {
        var needed = journal.all().stream()
                .filter(d -> !Optional.of(d.hash()).equals(ending))
                .flatMap(d -> d.config().stream())
                .anyMatch(config -> config.image().equals(image));
        if (!needed && runtime.removeImage(image)) {
            LOG.infof("deleted image %s", image);
        }
    }

    private interface EngineStep {
        void run() throws EngineException;
    }

    private static void untilDone(String what, EngineStep step) throws InterruptedException {
        var pause = FIRST_PAUSE;
        while (true) {
            try {
                step.run();
                return;
            } catch (EngineException e) {
                LOG.warnf("cannot %s yet: %s; trying again in %d ms", what, e.getMessage(), pause.toMillis());
                Thread.sleep(pause);
                pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
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
