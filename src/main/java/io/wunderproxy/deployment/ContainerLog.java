package io.wunderproxy.deployment;

import java.util.function.Consumer;

/** The log of a container, with the values of its environment masked. */
public interface ContainerLog {

    /**
     * Reads the log, and returns at its end or when interrupted.
     *
     * @param tail how many of the lines written so far
     * @param follow whether to continue until the container ends
     * @param lines receives each line, one after the other, on any thread; may block
     */
    void read(int tail, boolean follow, Consumer<String> lines) throws DeploymentException, InterruptedException;
}
