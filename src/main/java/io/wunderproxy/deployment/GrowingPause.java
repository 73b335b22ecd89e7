package io.wunderproxy.deployment;

import java.time.Duration;

/**
 * How long to wait before something is tried again: each pause is twice as long as the one before, up to a limit.
 *
 * @param duration of this pause
 * @param longest that a pause gets
 */
record GrowingPause(Duration duration, Duration longest) {

    /** The pause after this one. */
    GrowingPause next() {
        var doubled = duration.multipliedBy(2);
        return new GrowingPause(doubled.compareTo(longest) < 0 ? doubled : longest, longest);
    }
}
