package io.wunderproxy.manager;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.CurrentConfig;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.fleet.Membership;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;

/** The metrics of the agent, for Prometheus; the values are read on request. */
@Singleton
public class AgentMetrics {

    private static final String PREFIX = "wunderproxy.";

    void register(
            @Observes StartupEvent event,
            MeterRegistry registry,
            Deployments deployments,
            ActiveMonitor monitor,
            CurrentConfig currentConfig,
            Membership membership) {
        if (membership.isOn()) {
            Gauge.builder(
                            PREFIX + "fleet.table.up",
                            membership,
                            m -> m.view()
                                            .filter(view -> view.problem().isEmpty())
                                            .isPresent()
                                    ? 1
                                    : 0)
                    .description("1 if the fleet's table took what this host last reported")
                    .register(registry);
            Gauge.builder(PREFIX + "fleet.peers", membership, m -> m.view().stream()
                            .flatMap(view -> view.peers().values().stream())
                            .filter(alive -> alive)
                            .count())
                    .description("Hosts of the fleet that a request could be sent to which can't be served here")
                    .register(registry);
        }
        Gauge.builder(
                        PREFIX + "backend.healthy",
                        monitor,
                        m -> m.health().filter(h -> h.healthy()).isPresent() ? 1 : 0)
                .description("1 if there is an active backend and its last probe found it healthy")
                .register(registry);
        Gauge.builder(PREFIX + "backend.restarts", monitor, m -> m.health()
                        .map(h -> h.restarts())
                        .orElse(0))
                .description("How often the active container was started again since it was last healthy for a minute")
                .register(registry);
        Gauge.builder(PREFIX + "drift", currentConfig, c -> c.lastDrift().isPresent() ? 1 : 0)
                .description("1 if current.json names another configuration than the active one")
                .register(registry);
        for (var state : new String[] {"launching", "healthy", "active", "draining", "retiring"}) {
            Gauge.builder(PREFIX + "deployments", deployments, d -> d.all().stream()
                            .filter(one -> one.state().label().equals(state))
                            .count())
                    .tag("state", state)
                    .description("Deployments on this host by state")
                    .register(registry);
        }
    }
}
