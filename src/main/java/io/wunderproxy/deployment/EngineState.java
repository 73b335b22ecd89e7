package io.wunderproxy.deployment;

import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;

/** Whether the engine answers. Asked once a second at the most, however often somebody wants to know. */
@Singleton
public class EngineState {

    private static final Duration FRESH = Duration.ofSeconds(1);

    private final ContainerRuntime runtime;
    private long askedAt;

    /** Empty until the engine was asked for the first time. */
    private String state = "";

    @Inject
    EngineState(ContainerRuntime runtime) {
        this.runtime = runtime;
    }

    /** {@code Ok}, or what is wrong. */
    public synchronized String describe() {
        if (state.isEmpty() || System.nanoTime() - askedAt > FRESH.toNanos()) {
            try {
                runtime.ping();
                state = "Ok";
            } catch (EngineException e) {
                state = e.getMessage();
            }
            askedAt = System.nanoTime();
        }
        return state;
    }
}
