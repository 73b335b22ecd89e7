package io.wunderproxy.deployment;

/** Whether a step may be done. */
public interface Permit {

    /** @throws DeploymentException if not */
    void check() throws DeploymentException;
}
