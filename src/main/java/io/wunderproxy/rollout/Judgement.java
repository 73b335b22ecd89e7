package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.judgement.Comparison;
import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.launchconfig.ConfigHash;
import java.util.Optional;

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

    /**
     * Judges one host.
     *
     * @param status the host's status now
     * @param hash the configuration that it was switched to
     * @param baseline the traffic meanwhile of the hosts that were not switched
     * @param atEnd whether the bake time is over: only then times are judged, since the first requests after a switch find
     *     everything cold
     */
    static Judgement of(Status status, ConfigHash hash, Traffic baseline, RolloutPolicy policy, boolean atEnd) {
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
    static Judgement of(Traffic now, Traffic baseline, RolloutPolicy policy, boolean atEnd) {
        // The other hosts serve at the same time, so there is always something to compare with.
        var comparison = new Comparison(policy.maxErrors(), policy.maxSlowdown(), 0, Double.POSITIVE_INFINITY);
        return comparison
                .errors(now, baseline)
                .or(() -> atEnd ? comparison.times(now, baseline) : Optional.empty())
                .<Judgement>map(what ->
                        new Worse(what + " since the switch: " + now + "; the hosts before theirs: " + baseline))
                .orElseGet(Good::new);
    }
}
