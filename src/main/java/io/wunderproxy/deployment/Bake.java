package io.wunderproxy.deployment;

import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.launchconfig.ConfigHash;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/**
 * The time after a switch in which the former deployment is kept warm, and the new one is compared with it.
 *
 * @param hash of the deployment that was switched to
 * @param former what served before, and is gone back to
 * @param ends when the new one has passed
 * @param baseline the traffic of the former one
 * @param reason how it ended, for people; empty while it is under way
 * @param output the last lines that the container wrote which was switched back from
 */
public record Bake(
        ConfigHash hash,
        ConfigHash former,
        State state,
        Instant began,
        Instant ends,
        Traffic baseline,
        String reason,
        List<String> output) {

    /** How far it is. */
    public enum State {
        BAKING,
        /** Nothing spoke against the new one. */
        BAKED,
        /** The new one was worse. */
        SWITCHED_BACK,
        /** Broken off: somebody switched, or there was nothing to go back to. */
        BROKEN_OFF;

        /** The word for it in the journal and the API. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        static State of(String label) {
            return valueOf(label.toUpperCase(Locale.ROOT).replace('-', '_'));
        }
    }

    /** A bake that begins now. */
    static Bake begun(ConfigHash hash, ConfigHash former, Instant now, Duration time, Traffic baseline) {
        return new Bake(hash, former, State.BAKING, now, now.plus(time), baseline, "", List.of());
    }

    /** How long it takes. */
    Duration whole() {
        return Duration.between(began, ends);
    }

    /** The time left of it, which another process has begun perhaps; a clock that was set makes it no longer. */
    Duration left(Instant now) {
        var left = Duration.between(now, ends);
        return left.isNegative() ? Duration.ZERO : left.compareTo(whole()) > 0 ? whole() : left;
    }

    boolean isUnderWay() {
        return state == State.BAKING;
    }

    /** Whether a deployment waits only in order to be gone back to. */
    boolean keepsWarm(Deployment deployment) {
        return isUnderWay() && former.equals(deployment.hash());
    }

    Bake ended(State how, String why) {
        return ended(how, why, List.of());
    }

    Bake ended(State how, String why, List<String> lastLines) {
        return new Bake(hash, former, how, began, ends, baseline, why, lastLines);
    }
}
