package io.wunderproxy.rollout;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Repeats a question or a call for a time, with pauses.
 *
 * @param within the time after which it is not repeated
 * @param pause the time between two calls
 */
record Patience(MonotonicTime time, Duration within, Duration pause) {

    /**
     * Waits for this long.
     *
     * @throws RolloutException if the thread is interrupted
     */
    static void pause(MonotonicTime time, Duration pause) {
        try {
            time.sleep(pause);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw RolloutException.interrupted();
        }
    }

    /** Asks until there is a result; empty when time is up. */
    <T> Optional<T> until(Supplier<Optional<T>> question) {
        var end = time.nanos() + within.toNanos();
        while (true) {
            var found = question.get();
            if (found.isPresent() || time.nanos() - end > 0) {
                return found;
            }
            pause(time, pause);
        }
    }

    /**
     * Makes a call until the manager can be reached and used.
     *
     * @throws ManagerException if it fails for another reason, or still does when time is up
     */
    <T> T whileUnavailable(Supplier<T> call) {
        var end = time.nanos() + within.toNanos();
        while (true) {
            try {
                return call.get();
            } catch (ManagerException e) {
                if (e.kind() != Kind.UNAVAILABLE || time.nanos() - end > 0) {
                    throw e;
                }
            }
            pause(time, pause);
        }
    }
}
