package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Watches the hosts that have switched for some time, and compares them with those that have not. */
final class Bake {

    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final RolloutContext rollout;
    private final HostSteps steps;

    Bake(RolloutContext rollout) {
        this.rollout = rollout;
        this.steps = new HostSteps(rollout);
    }

    /**
     * The traffic since the rollout began of the hosts that were not switched yet.
     *
     * @param former the last baseline; it is kept when no host is left that could be asked
     */
    Traffic baseline(List<HostAttempt> waiting, Traffic former) {
        if (waiting.isEmpty()) {
            return former;
        }
        var traffic = new ConcurrentHashMap<String, Traffic>();
        rollout.parallel().forEach(waiting, attempt -> {
            try {
                var now = HostTraffic.sinceStart(attempt.host().statusNow());
                traffic.put(attempt.name(), now.minus(attempt.atStart()));
            } catch (ManagerException e) {
                // A host that can't be asked now adds nothing.
            }
        });
        return Traffic.sum(traffic.values());
    }

    /**
     * Watches until the bake time is over; longer while a host does not respond.
     *
     * @param waiting the hosts that are not switched yet
     * @param former the last {@link #baseline}
     * @throws RolloutException if a host is worse than those, or no longer responds
     */
    void watch(List<HostAttempt> waiting, Traffic former) {
        var end = rollout.time().nanos() + rollout.policy().bake().toNanos();
        var silentSince = new ConcurrentHashMap<String, Long>();
        while (true) {
            var left = Duration.ofNanos(Math.max(0, end - rollout.time().nanos()));
            Patience.pause(rollout.time(), silentSince.isEmpty() && left.compareTo(PAUSE) < 0 ? left : PAUSE);
            var isOver = rollout.time().nanos() - end >= 0;
            var baseline = baseline(waiting, former);
            rollout.parallel().forEach(rollout.attempts().at(Stage.SWITCHED), attempt -> {
                try {
                    var status = attempt.host().statusNow();
                    look(attempt.host(), status, baseline, isOver, silentSince);
                } catch (ManagerException e) {
                    silent(attempt.host(), e.getMessage(), silentSince);
                }
            });
            var failed = rollout.attempts()
                    .that(attempt -> attempt.isAt(Stage.WORSE)
                            || attempt.isAt(Stage.FAILED) && silentSince.containsKey(attempt.name()));
            if (!failed.isEmpty()) {
                throw new RolloutException(Kind.NOT_HEALTHY, HostAttempts.problems(failed));
            }
            if (isOver && silentSince.isEmpty()) {
                return;
            }
        }
    }

    private void look(FleetHost host, Status status, Traffic baseline, boolean isOver, Map<String, Long> silentSince) {
        rollout.attempts()
                .change(host, attempt -> attempt.servedBy(Serving.of(status).container()));
        rollout.listener()
                .host(
                        host.name(),
                        Stage.SWITCHED,
                        HostTraffic.sinceSwitch(status).toString());
        switch (Judgement.of(status, rollout.hash(), baseline, rollout.policy(), isOver)) {
            case Judgement.Good good -> silentSince.remove(host.name());
            case Judgement.Worse worse -> {
                silentSince.remove(host.name());
                steps.fail(host, Stage.WORSE, worse.reason());
            }
            case Judgement.Silent silent -> silent(host, silent.reason(), silentSince);
        }
    }

    /** Notes that a host is silent; one that is so for too long has failed. */
    private void silent(FleetHost host, String reason, Map<String, Long> silentSince) {
        var now = rollout.time().nanos();
        var since = silentSince.computeIfAbsent(host.name(), name -> now);
        if (now - since > FleetHost.PATIENCE.toNanos()) {
            rollout.attempts().move(host, Stage.FAILED, reason);
        }
    }
}
