package io.wunderproxy.manager;

import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.BootRecovery;
import io.wunderproxy.deployment.Deployments;
import jakarta.inject.Singleton;
import org.eclipse.microprofile.health.HealthCheck;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.eclipse.microprofile.health.Readiness;

/** Ready when requests can be served: there is an active backend and its last probe got a 200. */
@Readiness
@Singleton
public class BackendReadiness implements HealthCheck {

    private final Deployments deployments;
    private final ActiveMonitor monitor;
    private final BootRecovery recovery;

    BackendReadiness(Deployments deployments, ActiveMonitor monitor, BootRecovery recovery) {
        this.deployments = deployments;
        this.monitor = monitor;
        this.recovery = recovery;
    }

    @Override
    public HealthCheckResponse call() {
        var response = HealthCheckResponse.named("backend");
        var active = deployments.active();
        var health = monitor.health();
        if (active.isEmpty() || health.isEmpty()) {
            return response.down()
                    .withData("reason", recovery.obstacle().orElse("no configuration is launched and switched to"))
                    .build();
        }
        return response.status(health.get().healthy())
                .withData("revision", active.get().revision())
                .withData("hash", active.get().hash().value())
                .withData("reason", health.get().reason())
                .build();
    }
}
