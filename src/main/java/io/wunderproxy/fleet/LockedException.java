package io.wunderproxy.fleet;

import java.time.Instant;

/** Somebody else holds the deploy lock of the fleet. */
public final class LockedException extends FleetException {

    private final String owner;
    private final String purpose;
    private final Instant since;
    private final Instant until;

    LockedException(String fleet, String owner, String purpose, Instant since, Instant until) {
        super("the fleet %s is being deployed to by %s (%s), since %s; wait for it, or, if it has died, until %s"
                .formatted(fleet, owner, purpose, since, until));
        this.owner = owner;
        this.purpose = purpose;
        this.since = since;
        this.until = until;
    }

    public String owner() {
        return owner;
    }

    /** The purpose that the owner named. */
    public String purpose() {
        return purpose;
    }

    public Instant since() {
        return since;
    }

    /** From when it can be taken from its owner, unless that one renews it. */
    public Instant until() {
        return until;
    }
}
