package io.wunderproxy.rollout;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.client.ManagerException.Kind;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * How long the same is asked again, and how often.
 *
 * @param within after this time it is asked no more
 * @param pause between two times
 */
record Patience(Pauses pauses, Duration within, Duration pause) {

    /** Asks until it is told something; empty when time is up. */
    <T> Optional<T> until(Supplier<Optional<T>> question) {
        var end = pauses.nanos() + within.toNanos();
        while (true) {
            var told = question.get();
            if (told.isPresent() || pauses.nanos() - end > 0) {
                return told;
            }
            pauses.pause(pause);
        }
    }

    /**
     * Makes a call until the manager can be reached and used.
     *
     * @throws ManagerException if it fails for another reason, or still does when time is up
     */
    <T> T whileUnavailable(Supplier<T> call) {
        var end = pauses.nanos() + within.toNanos();
        while (true) {
            try {
                return call.get();
            } catch (ManagerException e) {
                if (e.kind() != Kind.UNAVAILABLE || pauses.nanos() - end > 0) {
                    throw e;
                }
            }
            pauses.pause(pause);
        }
    }
}
