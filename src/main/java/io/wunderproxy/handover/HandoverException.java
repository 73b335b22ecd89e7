package io.wunderproxy.handover;

/** The agent was not replaced, and continues as before; the message says why, and what to do. */
public final class HandoverException extends Exception {
    private static final long serialVersionUID = 1L;

    public HandoverException(String message) {
        super(message);
    }

    HandoverException(String message, Throwable cause) {
        super(message, cause);
    }
}
