package io.wunderproxy.deployment;

import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.judgement.Comparison;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.time.MonotonicTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Watches a deployment that bakes, and goes back to the former one if it is worse. The journal says what bakes, so that a killed
 * or replaced agent continues; {@code current.json} is nothing that it changes.
 */
final class Baking {

    private static final Logger LOG = Logger.getLogger(Baking.class);

    /** One per cent more errors and three times the time are allowed; chance must not explain the errors. */
    private static final Comparison LIMITS = new Comparison(0.01, 3, 3, 10);

    private static final Duration LOOK = Duration.ofSeconds(1);

    /** So many looks at a deployment that is not healthy are no blip. */
    private static final int UNHEALTHY_LOOKS = 3;

    /** An application hangs when so many requests have come since its last response, and so much time has passed. */
    private static final int UNSERVED = 3;

    private static final Duration SILENCE = Duration.ofSeconds(10);

    /** A way back that is not possible now is tried for so long beyond the time of the bake. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private static final int LOG_LINES = 20;

    private final Journal journal;
    private final AppBackends backends;
    private final TrafficStats stats;
    private final EventLog events;
    private final Clock clock;
    private final MonotonicTime time;
    private final Serving serving;
    private final Switch switches;
    private final Retirement retirement;
    private final ContainerLogs logs;
    private final ActiveMonitor monitor;
    private final AtomicReference<Bake> watched = new AtomicReference<>();

    Baking(
            Journal journal,
            AppBackends backends,
            TrafficStats stats,
            Host host,
            Serving serving,
            Switch switches,
            Retirement retirement,
            ContainerLogs logs,
            ActiveMonitor monitor) {
        this.journal = journal;
        this.backends = backends;
        this.stats = stats;
        this.events = host.events();
        this.clock = host.clock();
        this.time = host.time();
        this.serving = serving;
        this.switches = switches;
        this.retirement = retirement;
        this.logs = logs;
        this.monitor = monitor;
    }

    /** Watches the bake that is under way, if there is one that is not watched yet. */
    void watch() {
        var bake = journal.bake().filter(Bake::isUnderWay);
        if (bake.isEmpty() || bake.get().equals(watched.getAndSet(bake.get()))) {
            return;
        }
        Thread.ofVirtual().name("bake-" + bake.get().hash().abbreviated()).start(() -> {
            try {
                new Watch(bake.get()).run();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    /** One bake, on a thread of its own. */
    private final class Watch {

        private final Bake bake;
        private final long end;
        private final long half;
        private final BakeTraffic traffic = new BakeTraffic(stats);
        private final long restartsBefore = restarts();
        private boolean marked;
        private int unhealthy;
        private long begun;
        private long waitedThen = traffic.givenUp();
        private long begunAt = time.nanos();
        private boolean reported;

        Watch(Bake bake) {
            this.bake = bake;
            end = time.nanos() + bake.left(clock.instant()).toNanos();
            half = end - bake.whole().toNanos() / 2;
        }

        void run() throws InterruptedException {
            journal.find(bake.hash())
                    .ifPresent(d -> events.add(d.event(
                            EventType.BAKING,
                            "baking until " + bake.ends() + "; " + bake.former().abbreviated()
                                    + " is kept warm, whose traffic was: " + bake.baseline())));
            do {
                time.sleep(LOOK);
            } while (!isOver());
        }

        private boolean isOver() throws InterruptedException {
            if (!journal.bake().equals(Optional.of(bake)) || journal.changes().isPassedOn()) {
                return true;
            }
            var left = end - time.nanos();
            if (!marked && left > 0 && time.nanos() - half >= 0) {
                // The first requests after a switch find everything cold.
                stats.mark();
                marked = true;
            }
            var worse = worse(left <= 0);
            if (worse.isPresent()) {
                return isBack(worse.get(), left);
            }
            return left <= 0 && unhealthy == 0 && hasPassed();
        }

        private Optional<String> worse(boolean atEnd) {
            var active = serving.active();
            if (active.isPresent() && !active.get().hash().equals(bake.hash())) {
                return Optional.empty();
            }
            var health = monitor.health();
            if (health.isPresent() && health.get().restarts() > restartsBefore) {
                return Optional.of("its container ended: " + health.get().reason());
            }
            unhealthy = health.filter(ActiveMonitor.Health::healthy).isPresent() ? 0 : unhealthy + 1;
            if (unhealthy >= UNHEALTHY_LOOKS) {
                return Optional.of("it is unhealthy: "
                        + health.map(ActiveMonitor.Health::reason).orElse("its container does not run"));
            }
            var now = traffic.now();
            return hang().or(() -> LIMITS.errors(now, bake.baseline())
                    .or(() -> atEnd ? LIMITS.times(now, bake.baseline()) : Optional.empty())
                    .map(what -> what + " since the switch: " + now + "; before it: " + bake.baseline()));
        }

        /** Whether requests come and none gets a response. What the proxy responds by itself is none of them. */
        private Optional<String> hang() {
            var waited = traffic.givenUp() + leases();
            var responses = traffic.begun();
            if (responses != begun) {
                begun = responses;
                waitedThen = waited;
                begunAt = time.nanos();
                return Optional.empty();
            }
            var silent = Duration.ofNanos(time.nanos() - begunAt);
            var usual = Duration.ofMillis((long) (2000 * bake.baseline().p99()));
            var patience = usual.compareTo(SILENCE) > 0 ? usual : SILENCE;
            return waited - waitedThen >= UNSERVED && silent.compareTo(patience) >= 0
                    ? Optional.of("it hangs: no response has begun for " + silent.toSeconds() + " s, and "
                            + (waited - waitedThen) + " requests have come meanwhile")
                    : Optional.empty();
        }

        private long leases() {
            return serving.active()
                    .flatMap(d -> d.state().running().map(d::backend))
                    .map(backends::leases)
                    .orElse(0L);
        }

        /** Goes back; false if that is not possible now. */
        private boolean isBack(String reason, long left) throws InterruptedException {
            var deployment = journal.find(bake.hash()).orElseThrow();
            var lines = lastLines(deployment);
            try {
                if (switches.back(bake, bake.ended(Bake.State.SWITCHED_BACK, reason, lines))) {
                    events.add(deployment
                            .event(
                                    EventType.SWITCHED_BACK,
                                    "switched back to " + bake.former().abbreviated() + ": " + reason)
                            .with(EventDetail.FROM, bake.hash().value())
                            .with(EventDetail.TO, bake.former().value())
                            .with(EventDetail.REASON, reason)
                            .at(Logger.Level.ERROR));
                    // The application's output is for the log alone.
                    lines.forEach(line -> LOG.errorf("%s: | %s", deployment, line));
                }
                return true;
            } catch (DeploymentException e) {
                if (e.failure().kind() == Failure.Kind.REPLACED) {
                    return false;
                }
                var problem = "is worse (" + reason + "), and there is no way back: " + e.getMessage();
                if (!reported) {
                    events.add(deployment.event(EventType.DELAYED, problem).at(Logger.Level.ERROR));
                    reported = true;
                }
                return left < -PATIENCE.toNanos() && hasEnded(bake.ended(Bake.State.BROKEN_OFF, problem));
            }
        }

        private List<String> lastLines(Deployment deployment) throws InterruptedException {
            var lines = new ArrayList<String>();
            try {
                logs.of(deployment).read(LOG_LINES, false, lines::add);
            } catch (DeploymentException e) {
                // There is no log then; the reason counts.
            }
            return List.copyOf(lines);
        }

        private boolean hasPassed() {
            return hasEnded(
                    bake.ended(Bake.State.BAKED, "baked: " + traffic.now() + "; before it: " + bake.baseline()));
        }

        /** Ends it; false if another process continues, or this one again. */
        private boolean hasEnded(Bake ended) {
            return journal.changes().unlessPassedOn(() -> {
                if (journal.endBake(bake, ended)) {
                    journal.find(bake.hash()).ifPresent(d -> events.add(d.event(EventType.BAKED, ended.reason())));
                    journal.find(bake.former())
                            .filter(d -> d.state() instanceof DeploymentState.Healthy)
                            .flatMap(d -> journal.replaceAsFact(
                                    d,
                                    new DeploymentState.Draining(
                                            d.state().running().orElseThrow()),
                                    () -> {}))
                            .ifPresent(retirement::afterDrain);
                }
            });
        }
    }

    private long restarts() {
        return monitor.health().map(ActiveMonitor.Health::restarts).orElse(0);
    }
}
