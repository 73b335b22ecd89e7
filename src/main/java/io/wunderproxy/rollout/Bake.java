package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.client.ManagerException;
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
     * What the hosts that were not switched yet have answered since the rollout began.
     *
     * @param former what that was when it was last asked; it is kept when no host is left that could be asked
     */
    HostTraffic baseline(List<HostAttempt> waiting, HostTraffic former) {
        if (waiting.isEmpty()) {
            return former;
        }
        var traffic = new ConcurrentHashMap<String, HostTraffic>();
        rollout.parallel().forEach(waiting, attempt -> {
            try {
                var now = HostTraffic.sinceStart(attempt.host().statusNow());
                traffic.put(attempt.name(), now.minus(attempt.atStart()));
            } catch (ManagerException e) {
                // One that can't be asked now says nothing.
            }
        });
        return HostTraffic.sum(traffic.values());
    }

    /**
     * Watches until the bake time is over; longer while a host does not answer.
     *
     * @param waiting those that are not switched yet
     * @param former what {@link #baseline} was before
     * @throws RolloutException if one is worse than those, or does not answer any more
     */
    void watch(List<HostAttempt> waiting, HostTraffic former) {
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

    private void look(
            FleetHost host, Status status, HostTraffic baseline, boolean isOver, Map<String, Long> silentSince) {
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

    /** A host that is silent for too long has failed. */
    private void silent(FleetHost host, String reason, Map<String, Long> silentSince) {
        var now = rollout.time().nanos();
        var since = silentSince.computeIfAbsent(host.name(), name -> now);
        if (now - since > FleetHost.PATIENCE.toNanos()) {
            rollout.attempts().move(host, Stage.FAILED, reason);
        }
    }
}
