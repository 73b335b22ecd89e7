package io.wunderproxy.deployment;

import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;

/** Whether the engine responds. It is asked once a second at most, however often callers want to know. */
public final class EngineState {

    private static final Duration FRESH = Duration.ofSeconds(1);

    private final ContainerRuntime runtime;
    private final MonotonicTime time;
    private long askedAt;

    /** Empty until the engine was asked for the first time. */
    private String state = "";

    public EngineState(ContainerRuntime runtime, MonotonicTime time) {
        this.runtime = runtime;
        this.time = time;
    }

    /** {@code Ok}, or the problem. */
    public synchronized String describe() {
        if (state.isEmpty() || time.nanos() - askedAt > FRESH.toNanos()) {
            try {
                runtime.ping();
                state = "Ok";
            } catch (EngineException e) {
                state = e.getMessage();
            }
            askedAt = time.nanos();
        }
        return state;
    }
}
