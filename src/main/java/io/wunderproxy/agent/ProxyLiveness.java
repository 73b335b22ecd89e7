package io.wunderproxy.agent;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Liveness;

/** Alive while every event loop of the proxy gives a sign of life; only a restart of the agent helps one that does not. */
@Liveness
@Singleton
public class ProxyLiveness implements HealthCheck {

    private static final Duration PATIENCE = Duration.ofSeconds(5);

    private final Agent agent;

    ProxyLiveness(Agent agent) {
        this.agent = agent;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("proxy");
        try {
            agent.responds().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            return response.up()
                    .withData("reason", "every event loop of the proxy responds")
                    .build();
        } catch (TimeoutException e) {
            return response.down()
                    .withData(
                            "reason",
                            "an event loop of the proxy has not responded for " + PATIENCE.toSeconds()
                                    + " s; restart the agent")
                    .build();
        } catch (ExecutionException e) {
            return response.down()
                    .withData(
                            "reason", "the proxy does not run: " + e.getCause().getMessage())
                    .build();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return response.down().withData("reason", "the agent is ending").build();
        }
    }
}
