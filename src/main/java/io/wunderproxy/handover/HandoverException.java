package io.wunderproxy.handover;

/** The agent was not replaced, and continues as before; the message says so, why, and what to do. */
public final class HandoverException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * For the message.
     *
     * @param problem why the agent was not replaced
     */
    public HandoverException(String problem) {
        this(problem, null);
    }

    /**
     * For the message.
     *
     * @param problem why the agent was not replaced
     */
    public HandoverException(String problem, Throwable cause) {
        super("the agent was not replaced, and continues: " + problem, cause);
    }
}
