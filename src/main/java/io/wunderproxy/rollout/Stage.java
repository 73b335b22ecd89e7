package io.wunderproxy.rollout;

import java.util.Locale;

/** How far a host is; in the order in which they are worth looking at. */
public enum Stage {
    FAILED,
    /** The host serves the new configuration, and worse than the others serve theirs. */
    WORSE,
    LAUNCHING,
    SWITCHING,
    GOING_BACK,
    WAITING,
    CONFIRMED,
    SWITCHED,
    BACK;

    /** The name for people. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    boolean isBad() {
        return this == FAILED || this == WORSE;
    }
}
