package io.wunderproxy.deployment;

import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthCheck.Question;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.launchconfig.StaticEnvironment;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Probes the active deployment all the time, and starts its container again when it has died, or has hung for as long as its
 * configuration allows; at growing intervals.
 */
public final class ActiveMonitor {

    private static final Logger LOG = Logger.getLogger(ActiveMonitor.class);
    private static final GrowingPause PAUSE = new GrowingPause(Duration.ofSeconds(1), Duration.ofSeconds(30));

    /** A container healthy for this long has recovered: its next death counts as the first again. */
    private static final Duration RECOVERED = Duration.ofMinutes(1);

    private static final int LOG_LINES = 20;
    private static final Health CONFIRMED = new Health(true, "was healthy when it was switched to", 0);

    private final Changes changes;
    private final Serving serving;
    private final Instances instances;
    private final StaticEnvironment environment;
    private final ContainerRuntime runtime;
    private final Duration stopTimeout;
    private final EventLog events;
    private final MonotonicTime time;
    private final AtomicBoolean restarting = new AtomicBoolean();
    private final AtomicReference<Observed> observed = new AtomicReference<>(Observed.NOTHING);

    /**
     * The known health of the active deployment.
     *
     * @param healthy whether its last probe found it so
     * @param reason the finding of its last probe
     * @param restarts how many times its container was started again since it was last healthy for a minute
     */
    public record Health(boolean healthy, String reason, int restarts) {}

    private enum Finding {
        HEALTHY,
        UNHEALTHY,
        /** Nothing responds. */
        HANGS
    }

    /**
     * The whole state of the monitor. Its times are those of {@link MonotonicTime}.
     *
     * @param healthySince empty while it is not healthy
     * @param hangsSince empty while it responds
     * @param started whether it was healthy since its container was started
     * @param nextRestart empty: at once
     */
    private record Observed(
            Optional<Deployment> deployment,
            Health health,
            OptionalLong healthySince,
            OptionalLong hangsSince,
            boolean started,
            OptionalLong nextRestart,
            GrowingPause pause) {

        static final Observed NOTHING = new Observed(
                Optional.empty(),
                new Health(false, "not probed yet", 0),
                OptionalLong.empty(),
                OptionalLong.empty(),
                true,
                OptionalLong.empty(),
                PAUSE);

        boolean concerns(Deployment active) {
            return deployment.map(d -> d.hash().equals(active.hash())).orElse(false);
        }

        /** As far as it concerns this deployment. */
        Observed of(Deployment active) {
            return concerns(active) ? this : NOTHING;
        }

        /** With the finding of one more probe. */
        Observed probed(Deployment active, String reason, Finding finding, long now) {
            var healthy = finding == Finding.HEALTHY;
            var since = healthy ? OptionalLong.of(healthySince.orElse(now)) : OptionalLong.empty();
            var recovered = healthy && now - since.getAsLong() >= RECOVERED.toNanos();
            return new Observed(
                    Optional.of(active),
                    new Health(healthy, reason, recovered ? 0 : health.restarts()),
                    since,
                    finding == Finding.HANGS ? OptionalLong.of(hangsSince.orElse(now)) : OptionalLong.empty(),
                    started || healthy,
                    nextRestart,
                    recovered ? PAUSE : pause);
        }
    }

    /**
     * @param environment the variables that {@code --cfg} adds to every container's own
     * @param stopTimeout how long a container that hangs has to end after SIGTERM
     */
    ActiveMonitor(
            Changes changes,
            Serving serving,
            Instances instances,
            StaticEnvironment environment,
            ContainerRuntime runtime,
            Duration stopTimeout,
            EventLog events,
            MonotonicTime time) {
        this.changes = changes;
        this.serving = serving;
        this.instances = instances;
        this.environment = environment;
        this.runtime = runtime;
        this.stopTimeout = stopTimeout;
        this.events = events;
        this.time = time;
    }

    /**
     * The health of the active deployment; empty when there is none. Until this monitor's first probe it counts as healthy: a
     * probe confirmed the switch to it.
     */
    public Optional<Health> health() {
        var now = observed.get();
        return serving.active().map(active -> now.concerns(active) ? now.health() : CONFIRMED);
    }

    /** Probes the active deployment once. Call it again and again, but not twice at a time. */
    public void probe() throws InterruptedException {
        var active = serving.active();
        if (active.isEmpty()) {
            observed.set(Observed.NOTHING);
            return;
        }
        try {
            var instance = instances.locate(active.get());
            var result = instances.probe(active.get(), instance);
            if (!changes.begin()) {
                return;
            }
            try {
                serving.resumeFrom(active.get(), instance);
            } finally {
                changes.end();
            }
            var check = instances.check(active.get().config().orElseThrow());
            var reason = check.question().describe() + " "
                    + SecretMask.of(active.get(), environment).apply(result.describe());
            record(active.get(), reason, finding(check, result));
            if (hangsTooLong(active.get(), check)) {
                restart(active.get(), Optional.of(reason));
            }
        } catch (DeploymentException e) {
            record(active.get(), e.getMessage(), Finding.UNHEALTHY);
            if (e.failure().kind() == Failure.Kind.NOT_CONFIRMED) {
                restart(active.get(), Optional.empty());
            }
        }
    }

    /** A container that responds does not hang, however ill it is. Of the engine's own check only that it fails is known. */
    private static Finding finding(HealthCheck check, ProbeResult result) {
        if (result.healthy()) {
            return Finding.HEALTHY;
        }
        var failsItsOwnCheck = check.question() instanceof Question.Engine && result instanceof ProbeResult.NotServing;
        return result.unresponsive() || failsItsOwnCheck ? Finding.HANGS : Finding.UNHEALTHY;
    }

    /** A container that was started has time to become healthy first, as in a launch. */
    private boolean hangsTooLong(Deployment active, HealthCheck check) {
        var state = observed.get().of(active);
        var limit = active.config().orElseThrow().healthCheck().restartAfter();
        if (limit.isEmpty() || state.hangsSince().isEmpty()) {
            return false;
        }
        var patience = state.started() || limit.get().compareTo(check.deadline()) > 0 ? limit.get() : check.deadline();
        return time.nanos() - state.hangsSince().getAsLong() >= patience.toNanos();
    }

    private void record(Deployment active, String reason, Finding finding) {
        var healthy = finding == Finding.HEALTHY;
        var now = time.nanos();
        // In one step, since a restart may be noted at the same time.
        var before = observed.getAndUpdate(known -> known.of(active).probed(active, reason, finding, now))
                .of(active);
        if (healthy != before.health().healthy() || before == Observed.NOTHING) {
            var type = healthy ? EventType.HEALTHY : EventType.UNHEALTHY;
            events.add(active.event(type, type.label() + ": " + reason)
                    .in(containerOf(active))
                    .with(EventDetail.HEALTHY, healthy)
                    .with(EventDetail.DETAIL, reason)
                    .at(healthy ? Logger.Level.INFO : Logger.Level.WARN));
        }
    }

    /**
     * Runs on its own thread: a new container may take as long as a launch, and a switch may happen meanwhile.
     *
     * @param hangs the finding about a container that hangs; empty: it does not run
     */
    private void restart(Deployment active, Optional<String> hangs) {
        var state = observed.get();
        if (state.nextRestart().isPresent()
                        && time.nanos() - state.nextRestart().getAsLong() < 0
                || !serving.active().equals(Optional.of(active))
                || !restarting.compareAndSet(false, true)) {
            return;
        }
        if (!changes.begin()) {
            restarting.set(false);
            return;
        }
        Thread.ofVirtual().name("restart-active").start(() -> {
            try {
                tellWhy(active, state, hangs);
                if (hangs.isPresent()) {
                    runtime.stop(containerOf(active), stopTimeout);
                }
                serving.restart(active);
            } catch (DeploymentException | EngineException e) {
                var problem =
                        SecretMask.of(active, environment).apply("cannot start its container again: " + e.getMessage());
                events.add(active.event(EventType.DELAYED, problem).at(Logger.Level.WARN));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            } finally {
                changes.end();
                restarting.set(false);
            }
        });
    }

    private void tellWhy(Deployment active, Observed state, Optional<String> hangs) throws EngineException {
        var id = containerOf(active);
        var mask = SecretMask.of(active, environment);
        var container = runtime.find(id);
        var how = hangs.map(finding -> "hangs (" + finding + ")")
                .orElse(mask.apply(container.map(c -> c.status().describe()).orElse("was removed by somebody else")));
        var restarts = state.health().restarts() + 1;
        events.add(active.event(
                        EventType.UNHEALTHY, "its container " + how + "; starting it again (attempt " + restarts + ")")
                .in(id)
                .with(EventDetail.HEALTHY, false)
                .with(EventDetail.DETAIL, how)
                .at(Logger.Level.ERROR));
        // The application's output is for the log alone.
        if (container.isPresent()) {
            runtime.logTail(id, LOG_LINES).forEach(line -> LOG.errorf("%s: | %s", active, mask.applyToOutput(line)));
        }
        observed.set(new Observed(
                Optional.of(active),
                new Health(false, how + "; started again", restarts),
                OptionalLong.empty(),
                OptionalLong.empty(),
                false,
                OptionalLong.of(time.nanos() + state.pause().duration().toNanos()),
                state.pause().next()));
    }

    private static String containerOf(Deployment active) {
        return active.state().running().orElseThrow().containerId();
    }
}
