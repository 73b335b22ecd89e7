package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.launchconfig.ConfigHash;
import java.util.function.ToDoubleFunction;

/** Whether a host that was switched serves worse than those that were not. Decides by its arguments alone. */
sealed interface Judgement {

    /** Nothing speaks against the new configuration. */
    record Good() implements Judgement {}

    /** @param reason for people */
    record Worse(String reason) implements Judgement {}

    /**
     * Nothing serves there now, for instance since the agent starts: as if it had not responded.
     *
     * @param reason for people
     */
    record Silent(String reason) implements Judgement {}

    /** The fewest requests that say something about errors. */
    int ENOUGH_FOR_ERRORS = 20;

    /** The fewest errors that count: a single one among few requests is no rate. */
    int FEW_ERRORS = 3;

    /** The fewest requests of which ten took longer than the percentile: a few that a short stall held up are no slowness. */
    int ENOUGH_FOR_P90 = 100;

    int ENOUGH_FOR_P99 = 1000;

    /** Times below this are too small for their ratio to mean anything. */
    double SLOW_SECONDS = 0.05;

    /**
     * Judges one host.
     *
     * @param status the host's status now
     * @param hash the configuration that it was switched to
     * @param baseline the traffic meanwhile of the hosts that were not switched
     * @param atEnd whether the bake time is over: only then times are judged, since the first requests after a switch find
     *     everything cold
     */
    static Judgement of(Status status, ConfigHash hash, HostTraffic baseline, RolloutPolicy policy, boolean atEnd) {
        if (status.active().isEmpty()) {
            return new Silent("it serves nothing: " + status.problem().orElse("starting"));
        }
        var active = status.active().get();
        if (!hash.value().equals(active.hash())) {
            return new Worse("it serves " + active.revision() + ": somebody else switched it");
        }
        if (active.isUnhealthy()) {
            return new Worse("it is unhealthy: " + active.healthReason().orElse(""));
        }
        return of(HostTraffic.sinceSwitch(status), baseline, policy, atEnd);
    }

    /** Judges the traffic of one host since its switch. */
    static Judgement of(HostTraffic now, HostTraffic baseline, RolloutPolicy policy, boolean atEnd) {
        if (now.requests() >= ENOUGH_FOR_ERRORS
                && now.errors() >= FEW_ERRORS
                && now.errorRate() > baseline.errorRate() + policy.maxErrors()) {
            return new Worse(compared("errors", now, baseline));
        }
        if (atEnd && isSlow(now, baseline, policy)) {
            return new Worse(compared("slower", now, baseline));
        }
        return new Good();
    }

    private static boolean isSlow(HostTraffic now, HostTraffic baseline, RolloutPolicy policy) {
        var fewest = Math.min(now.requests(), baseline.requests());
        if (fewest < ENOUGH_FOR_P90) {
            return false;
        }
        ToDoubleFunction<HostTraffic> percentile = fewest < ENOUGH_FOR_P99 ? HostTraffic::p90 : HostTraffic::p99;
        var seconds = percentile.applyAsDouble(now);
        var usual = percentile.applyAsDouble(baseline);
        // The percentiles of hosts without a request in the last minute are 0.
        return usual > 0 && seconds > SLOW_SECONDS && seconds > usual * policy.maxSlowdown();
    }

    private static String compared(String what, HostTraffic now, HostTraffic baseline) {
        return what + " since the switch: " + now + "; the hosts before theirs: " + baseline;
    }
}
