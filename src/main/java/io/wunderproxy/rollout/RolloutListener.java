package io.wunderproxy.rollout;

/** Gets the progress of a deployment. Called from any thread. */
public interface RolloutListener {

    /** A step of the whole is done or begins. */
    void step(String text);

    /** The user must know something. */
    void warn(String text);

    /**
     * One host of a fleet is at this stage.
     *
     * @param message why, or what it does now; may be empty
     */
    default void host(String name, Stage stage, String message) {}
}
