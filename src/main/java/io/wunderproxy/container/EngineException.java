package io.wunderproxy.container;

/** The container engine could not be reached, or refused. The message is one line. */
public class EngineException extends Exception {

    /** The kind of failure, for callers that decide whether to try again. */
    public enum Kind {
        /** The engine does not respond: not running, no permission for its socket, or hung. */
        UNAVAILABLE,
        /** The image could not be pulled. */
        PULL_FAILED,
        /** Another container has the name. */
        NAME_TAKEN,
        /** Another container or program has a port of the host that the container asks for. */
        PORT_TAKEN,
        /** The engine does not have the image. */
        NO_IMAGE,
        /** The engine responded that it refuses. */
        REFUSED
    }

    private final Kind kind;

    public EngineException(Kind kind, String message, Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }
}
