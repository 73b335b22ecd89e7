package io.wunderproxy.manager;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.CurrentConfig;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.proxy.ClientState;
import io.wunderproxy.proxy.TrafficStats;
import io.wunderproxy.proxy.TrafficStats.Counters;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** What the agent counts, for Prometheus; the values are read when they are asked for. */
@Singleton
public class AgentMetrics {

    private static final String PREFIX = "wunderproxy.";

    void register(
            @Observes StartupEvent event,
            MeterRegistry registry,
            TrafficStats stats,
            Deployments deployments,
            ActiveMonitor monitor,
            CurrentConfig currentConfig) {
        for (var i = 0; i < 5; i++) {
            var statusClass = i;
            FunctionCounter.builder(
                            PREFIX + "requests",
                            stats,
                            s -> s.snapshot().sinceStart().byStatusClass().get(statusClass))
                    .tag("status", i + 1 + "xx")
                    .description("Proxied requests by class of the status that the client got")
                    .register(registry);
        }
        counter(
                        stats,
                        "request.time",
                        "Time spent on proxied requests, added up",
                        c -> c.totalTime().toNanos() / 1e9)
                .baseUnit("seconds")
                .register(registry);
        counter(
                        stats,
                        "client.aborts",
                        "Requests whose client went away before the answer ended",
                        Counters::clientAborts)
                .register(registry);
        counter(stats, "retries", "Requests sent again on a fresh connection to the backend", Counters::retries)
                .register(registry);
        counter(stats, "received", "Body bytes from clients", Counters::bytesIn)
                .baseUnit("bytes")
                .register(registry);
        counter(stats, "sent", "Body bytes to clients", Counters::bytesOut)
                .baseUnit("bytes")
                .register(registry);
        for (var state : ClientState.values()) {
            Gauge.builder(PREFIX + "connections", stats, s -> s.snapshot()
                            .connections()
                            .getOrDefault(state, 0L))
                    .tag("state", state.name().toLowerCase(Locale.ROOT))
                    .description("Open client connections by state")
                    .register(registry);
        }
        Gauge.builder(
                        PREFIX + "backend.healthy",
                        monitor,
                        m -> m.health().filter(h -> h.healthy()).isPresent() ? 1 : 0)
                .description("1 if there is an active backend and its last probe was answered with 200")
                .register(registry);
        Gauge.builder(PREFIX + "backend.restarts", monitor, m -> m.health()
                        .map(h -> h.restarts())
                        .orElse(0))
                .description("How often the active container was started again since it was last healthy for a minute")
                .register(registry);
        Gauge.builder(PREFIX + "drift", currentConfig, c -> c.drift().isPresent() ? 1 : 0)
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

    private static FunctionCounter.Builder<TrafficStats> counter(
            TrafficStats stats, String name, String description, ToDoubleFunction<Counters> value) {
        return FunctionCounter.builder(
                        PREFIX + name,
                        stats,
                        s -> value.applyAsDouble(s.snapshot().sinceStart()))
                .description(description);
    }
}
