package io.wunderproxy.rollout;

/** Hears how a deployment gets on. Called from any thread. */
public interface RolloutListener {

    /** A step of the whole is done or begins. */
    void step(String text);

    /** Something that the user must know. */
    void warn(String text);

    /**
     * How far one host of a fleet is.
     *
     * @param message why, or what it does just now; may be empty
     */
    default void host(String name, Stage stage, String message) {}
}
