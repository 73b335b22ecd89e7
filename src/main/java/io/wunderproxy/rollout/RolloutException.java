package io.wunderproxy.rollout;

import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.store.StoreException;

/** A deployment to one or many hosts has failed; the message says for its user what happened, what became of it and what to do. */
public final class RolloutException extends RuntimeException {

    /** The kind of failure, as it matters to the caller. */
    public enum Kind {
        /** There is no such host, configuration or deployment. */
        NOT_FOUND,
        /** The hosts do not accept the token. */
        NOT_ALLOWED,
        /** Somebody else was faster, or has begun something that must be ended first. */
        CONFLICT,
        /** The configuration can't be run. */
        INVALID,
        /** Too few hosts can serve the configuration, or they serve it badly. */
        NOT_HEALTHY,
        /** The store failed: the cause says how. */
        STORE,
        /** The table of the fleet failed: the cause says how. */
        TABLE,
        /** Something else: it took too long, or its thread was interrupted. */
        FAILED
    }

    private final Kind kind;

    public RolloutException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    private RolloutException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    static RolloutException store(StoreException cause, String message) {
        return new RolloutException(Kind.STORE, message, cause);
    }

    static RolloutException table(FleetException cause, String message) {
        return new RolloutException(Kind.TABLE, message, cause);
    }

    static RolloutException interrupted() {
        return new RolloutException(Kind.FAILED, "interrupted");
    }

    /** Copies this failure with another message. */
    RolloutException saying(String message) {
        return new RolloutException(kind, message, getCause());
    }

    public Kind kind() {
        return kind;
    }
}
