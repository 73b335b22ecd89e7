package io.wunderproxy.container;

/** The container engine could not be reached, or refused. The message is one line. */
public class EngineException extends Exception {

    /** What kind of failure it is, for those who decide whether to try again. */
    public enum Kind {
        /** No answer from the engine: not running, no permission for its socket, or hung. */
        UNAVAILABLE,
        /** The image could not be pulled. */
        PULL_FAILED,
        /** Another container has the name. */
        NAME_TAKEN,
        /** Somebody else has a port of the host that the container asks for. */
        PORT_TAKEN,
        /** The engine does not have the image. */
        NO_IMAGE,
        /** The engine answered that it won't. */
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
