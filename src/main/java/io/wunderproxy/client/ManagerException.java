package io.wunderproxy.client;

/** A call of a manager has failed; the message says for its user what happened and what to do. */
public final class ManagerException extends RuntimeException {

    /** The kind of failure, as it matters to the caller. */
    public enum Kind {
        /** The call itself is wrong. */
        MISUSE,
        /** The manager does not accept the token, or did not prove that it may get it. */
        NOT_ALLOWED,
        /** There is no such configuration or deployment. */
        NOT_FOUND,
        /** The configuration can't be run. */
        INVALID,
        /** The host could not bring the configuration to a healthy container. */
        NOT_HEALTHY,
        /** The manager can't be reached, or can't use now what it needs. */
        UNAVAILABLE,
        /** Something else. */
        FAILED
    }

    private final Kind kind;

    public ManagerException(Kind kind, String message) {
        super(message);
        this.kind = kind;
    }

    public Kind kind() {
        return kind;
    }

    /** The kind of failure that the status of a response means. */
    static Kind kindOf(int status) {
        return switch (status) {
            case 400, 413 -> Kind.MISUSE;
            case 422 -> Kind.INVALID;
            case 401, 403 -> Kind.NOT_ALLOWED;
            case 404 -> Kind.NOT_FOUND;
            case 409, 502, 504 -> Kind.NOT_HEALTHY;
            case 503 -> Kind.UNAVAILABLE;
            default -> Kind.FAILED;
        };
    }
}
