package io.wunderproxy.deployment;

import java.util.List;

/**
 * Why a step was not done, for the person who asked for it.
 *
 * @param message one line: what happened, where, and what to do
 * @param output the last lines that its container wrote
 */
public record Failure(Kind kind, String message, List<String> output) {

    public enum Kind {
        /** The identifier is not a digest. */
        MALFORMED,
        /** The store has no such configuration. */
        UNKNOWN,
        /** The configuration can't be run. */
        INVALID,
        /** The container is not known to be healthy, or ended before it was. */
        NOT_CONFIRMED,
        /** A later deployment to the fleet was here before. */
        SUPERSEDED,
        /** The container did not become healthy in time. */
        TOO_LATE,
        /** The image could not be pulled, or the engine refused. */
        ENGINE_REFUSED,
        /** The engine can't be reached. */
        ENGINE_UNAVAILABLE,
        /** The store can't be reached or does not let this host in. */
        STORE_UNAVAILABLE,
        /** The state directory can't be written. */
        STATE_UNWRITABLE,
        /** Another agent takes this one's place. */
        REPLACED
    }

    static Failure of(Kind kind, String message) {
        return new Failure(kind, message, List.of());
    }

    /** The message, and the output below it. */
    public String text() {
        return output.isEmpty() ? message : message + "; its last log lines:\n" + String.join("\n", output);
    }
}
