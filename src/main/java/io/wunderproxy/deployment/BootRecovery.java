package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.rules.NoBackendReason;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.MonotonicTime;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Brings a starting agent back to where it was, or, on a starting machine, to {@code current.json}. It continues until there is a
 * backend or nothing to serve; meanwhile the proxy responds that it is starting.
 */
public final class BootRecovery {

    private static final Logger LOG = Logger.getLogger(BootRecovery.class);
    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofMillis(500), Duration.ofSeconds(15));

    private final Application application;
    private final Deployments deployments;
    private final Launches launches;
    private final Switch switches;
    private final Serving serving;
    private final Instances instances;
    private final Retirement retirement;
    private final CurrentConfig currentConfig;
    private final ContainerRuntime runtime;
    private final Journal journal;
    private final AppBackends backends;
    private final EventLog events;
    private final MonotonicTime time;
    private final List<Deployment> found;
    private final Optional<Deployment> former;

    /** Whether the containers of older versions are known; used by the recovery's own thread alone. */
    private boolean recognised;

    /** Whether the fate of the former active deployment is decided; written by one thread at a time. */
    private volatile boolean decided;

    private Announcement announcement;

    private final AtomicReference<Optional<String>> obstacle = new AtomicReference<>(Optional.of("starting"));

    BootRecovery(
            Application application,
            Deployments deployments,
            Launches launches,
            Switch switches,
            Serving serving,
            Instances instances,
            Retirement retirement,
            CurrentConfig currentConfig,
            Journal journal,
            AppBackends backends,
            Host host) {
        this.application = application;
        this.deployments = deployments;
        this.launches = launches;
        this.switches = switches;
        this.serving = serving;
        this.instances = instances;
        this.retirement = retirement;
        this.currentConfig = currentConfig;
        this.runtime = host.runtime();
        this.journal = journal;
        this.backends = backends;
        this.events = host.events();
        this.time = host.time();
        this.found = journal.all();
        this.former = journal.active();
    }

    /** The reason why the agent has not started yet; empty when it has. */
    public Optional<String> obstacle() {
        return obstacle.get();
    }

    /** A step that must end before {@code current.json} is read. */
    public interface Announcement {
        void await() throws InterruptedException;
    }

    /**
     * Continues where another process leaves, which has served until now. Call it before {@link #start}.
     *
     * @param hash of the deployment that the other serves, so that there is nothing to find out; empty: none
     * @param ended completes with the other's last request
     */
    public void continueFrom(String hash, CompletableFuture<Void> ended) {
        retirement.awaitBeforeRemovals(ended);
        former.filter(f -> f.hash().value().equals(hash)).ifPresent(f -> {
            serving.adopt(f, f.state().running().orElseThrow());
            decided = true;
            deployments.recovered();
        });
    }

    /** Starts the recovery in the background. */
    public void start(Announcement before) {
        announcement = before;
        Thread.ofVirtual().name("boot-recovery").start(() -> {
            try {
                run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void run() throws InterruptedException {
        var pause = PAUSE;
        while (true) {
            try {
                if (!journal.changes().begin()) {
                    // Another process makes the changes now; or this one again, if that fails.
                    time.sleep(PAUSE.duration());
                    continue;
                }
                try {
                    recover();
                } finally {
                    journal.changes().end();
                }
                obstacle.set(Optional.empty());
                currentConfig.keepIfActive();
                return;
            } catch (EngineException | IOException e) {
                tell(e.getMessage(), pause);
            } catch (StoreException | InvalidLaunchConfigException e) {
                tell(e.getMessage() + ", and this host has no copy of a good one", pause);
            } catch (DeploymentException e) {
                tell(e.getMessage(), pause);
            } catch (RuntimeException e) {
                LOG.error("unexpected error in the recovery (please report)", e);
                tell("a mistake in this program, see the log", pause);
            }
            time.sleep(pause.duration());
            pause = pause.next();
        }
    }

    private void tell(String problem, GrowingPause pause) {
        obstacle.set(Optional.of(problem.lines().findFirst().orElse(problem)));
        var message = "nothing to serve yet: " + problem + "; trying again in "
                + pause.duration().toMillis() + " ms";
        events.add(
                Event.of(EventType.RECOVERING, message).at(Logger.Level.ERROR).untilNext());
    }

    private void recover()
            throws EngineException, IOException, StoreException, InvalidLaunchConfigException, DeploymentException,
                    InterruptedException {
        runtime.ping();
        if (!recognised) {
            application.recogniseFormer(runtime, journal);
            recognised = true;
        }
        if (!decided) {
            decideFormer();
            decided = true;
            deployments.recovered();
        }
        if (backends.current().isEmpty()) {
            serveCurrent();
        }
        resumeOthers();
        if (serving.active().isPresent()) {
            retirement.sweep();
        }
    }

    private void serveCurrent()
            throws StoreException, InvalidLaunchConfigException, DeploymentException, InterruptedException {
        announcement.await();
        var config = toServe();
        if (config.isEmpty()) {
            events.add(Event.of(
                    EventType.RECOVERING,
                    "there is no current.json: nothing to serve until a configuration is launched and switched to"));
            former.flatMap(f -> journal.find(f.hash()))
                    .filter(f -> f.state() instanceof DeploymentState.Healthy)
                    .ifPresent(retirement::now);
            backends.absent(NoBackendReason.NOT_CONFIGURED);
            return;
        }
        switches.ifNothingServes(launchOrCopy(config.get()).hash());
    }

    /** The configuration in current.json; where that says nothing, the one that served until the agent was restarted. */
    private Optional<LaunchConfig> toServe() throws StoreException, InvalidLaunchConfigException {
        var served = journal.served();
        Optional<LaunchConfig> current;
        try {
            current = currentConfig.atBoot();
        } catch (StoreException | InvalidLaunchConfigException e) {
            if (served.isEmpty()) {
                throw e;
            }
            tellServed(served.get(), e.getMessage());
            return served;
        }
        if (current.isEmpty() && served.isPresent()) {
            tellServed(served.get(), "there is no current.json");
            return served;
        }
        return current;
    }

    private void tellServed(LaunchConfig served, String why) {
        events.add(Event.of(EventType.RECOVERING, why + "; starting again what served here last")
                .about(served.hash().value(), served.revision())
                .at(Logger.Level.WARN));
    }

    /** A configuration that does not come up must not keep the host from serving the last one that did. */
    private Deployment launchOrCopy(LaunchConfig config) throws DeploymentException, InterruptedException {
        try {
            return launches.launch(config);
        } catch (DeploymentException e) {
            var copy = currentConfig.copy().filter(c -> !c.hash().matches(config.document()));
            if (copy.isEmpty()) {
                throw e;
            }
            var message = "current.json can't be launched, using the copy of the last good one: " + e.getMessage();
            events.add(Event.of(EventType.RECOVERING, message)
                    .about(config.hash().value(), config.revision())
                    .at(Logger.Level.ERROR));
            return launches.launch(copy.get());
        }
    }

    /** Keeps the formerly active deployment if it still runs; else treats it like others, until current.json has decided. */
    private void decideFormer() throws EngineException {
        if (former.isEmpty()) {
            return;
        }
        var running = journal.machineRestarted()
                ? Optional.<Container>empty()
                : runtime.find(containerOf(former.get())).filter(Container::running);
        running.flatMap(c -> instances.of(c, former.get().config().orElseThrow()))
                .ifPresentOrElse(instance -> serving.adopt(former.get(), instance), this::setFormerBack);
    }

    private void setFormerBack() {
        journal.moveAsFact(
                former.get().hash(),
                new DeploymentState.Healthy(former.get().state().running().orElseThrow()));
    }

    /** Resumes the work of a killed agent on the deployments that are not active. */
    private void resumeOthers() throws EngineException {
        for (var deployment : found) {
            if (!journal.isStill(deployment)) {
                continue; // It has moved on since.
            }
            switch (deployment.state()) {
                case DeploymentState.Launching launching when journal.machineRestarted() -> abandon(deployment);
                case DeploymentState.Launching launching -> resume(deployment);
                case DeploymentState.Healthy healthy
                when stillRuns(deployment) ->
                    events.add(deployment.event(EventType.RECOVERING, "is healthy and waits for the switch"));
                case DeploymentState.Healthy healthy -> retirement.now(deployment);
                case DeploymentState.Draining draining -> retirement.now(deployment);
                case DeploymentState.Retiring retiring -> retirement.now(deployment);
                default -> {}
            }
        }
    }

    private void abandon(Deployment launching) {
        var reason = "the machine was restarted during the launch";
        journal.replaceAsFact(launching, new DeploymentState.Failed(reason), () -> {})
                .ifPresent(failed -> events.add(launching
                        .event(EventType.FAILED, reason)
                        .with(EventDetail.REASON, reason)
                        .at(Logger.Level.WARN)));
    }

    private boolean stillRuns(Deployment healthy) throws EngineException {
        return !journal.machineRestarted()
                && runtime.find(containerOf(healthy)).map(Container::running).orElse(false);
    }

    private void resume(Deployment launching) {
        events.add(launching.event(EventType.RECOVERING, "continuing its launch"));
        Thread.ofVirtual().name("resume-" + launching.hash().abbreviated()).start(() -> {
            try {
                launches.launch(launching.config().orElseThrow());
            } catch (DeploymentException e) {
                // The launch has reported it.
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private static String containerOf(Deployment deployment) {
        return deployment.state().running().orElseThrow().containerId();
    }
}
