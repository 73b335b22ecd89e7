package io.wunderproxy.deployment;

import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;

/** Whether the engine answers. Asked once a second at the most, however often somebody wants to know. */
@Singleton
public class EngineState {

    private static final Duration FRESH = Duration.ofSeconds(1);

    private final ContainerRuntime runtime;
    private final Clock clock;
    private Instant askedAt = Instant.EPOCH;
    private String state = "";

    @Inject
    EngineState(ContainerRuntime runtime, Clock clock) {
        this.runtime = runtime;
        this.clock = clock;
    }

    /** {@code Ok}, or what is wrong. */
    public synchronized String describe() {
        if (clock.instant().isAfter(askedAt.plus(FRESH))) {
            try {
                runtime.ping();
                state = "Ok";
            } catch (EngineException e) {
                state = e.getMessage();
            }
            askedAt = clock.instant();
        }
        return state;
    }
}
