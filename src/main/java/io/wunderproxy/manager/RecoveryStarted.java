package io.wunderproxy.manager;

import io.wunderproxy.deployment.BootRecovery;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Startup;

/** Started when it is settled what this host serves: what it served before, {@code current.json}, or nothing. */
@Startup
@Singleton
public class RecoveryStarted implements HealthCheck {

    private final BootRecovery recovery;

    RecoveryStarted(BootRecovery recovery) {
        this.recovery = recovery;
    }

    @Override
    public HealthCheckResponse call() {
        var obstacle = recovery.obstacle();
        return HealthCheckResponse.named("recovery")
                .status(obstacle.isEmpty())
                .withData("reason", obstacle.orElse("it is settled what this host serves"))
                .build();
    }
}
