package io.wunderproxy.health;

/** Asks once whether a container is healthy. */
public interface Probe {

    /** Blocks for as long as the check's timeout at most. */
    ProbeResult ask(Target.At target, HealthCheck check) throws InterruptedException;
}
