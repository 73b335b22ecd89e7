package io.wunderproxy.manager;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Tags;
import io.quarkus.runtime.StartupEvent;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.stats.TrafficStats.Counters;
import io.wunderproxy.proxy.stats.TrafficStats.Snapshot;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The proxy's traffic, for Prometheus; read when a scraper asks, so that a proxied request costs nothing more. */
@Singleton
public class TrafficMetrics {

    private static final String PREFIX = "wunderproxy.";
    /** How long a snapshot is used: one response to a scraper reads all of its few dozen values from one. */
    private static final long FRESH_NANOS = Duration.ofMillis(500).toNanos();

    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other");
    private static final List<String> WINDOWS = List.of("switch", "1m", "5m", "60m");
    private static final Map<String, Function<Percentiles, Duration>> QUANTILES =
            Map.of("0.5", Percentiles::p50, "0.9", Percentiles::p90, "0.99", Percentiles::p99, "1", Percentiles::max);

    private record Taken(Snapshot snapshot, long at) {}

    private final TrafficStats stats;
    private final Set<Integer> knownStatuses = ConcurrentHashMap.newKeySet();
    private volatile Taken last;
    private MeterRegistry meters;

    TrafficMetrics(TrafficStats stats) {
        this.stats = stats;
    }

    void register(@Observes StartupEvent event, MeterRegistry registry, TrafficGate gate) {
        for (var i = 0; i < 5; i++) {
            var statusClass = i;
            count(
                    registry,
                    "requests",
                    Tags.of("status", i + 1 + "xx"),
                    "Proxied requests by class of the status that the client got",
                    s -> s.sinceStart().byStatusClass().get(statusClass));
        }
        meters = registry;
        for (var method : METHODS) {
            count(
                    registry,
                    "requests.by.method",
                    Tags.of("method", method),
                    "Proxied requests by method",
                    s -> s.byMethod().getOrDefault(method, 0L));
        }
        total(
                registry,
                "request.time",
                "seconds",
                "Time spent on proxied requests",
                c -> TrafficReport.seconds(c.totalTime()));
        total(
                registry,
                "client.aborts",
                null,
                "Requests whose client went away before the response ended",
                Counters::clientAborts);
        total(registry, "retries", null, "Requests sent again on a fresh connection to the backend", Counters::retries);
        total(registry, "fallbacks", null, "Requests sent to a peer", Counters::fallbacks);
        total(registry, "received", "bytes", "Body bytes from clients", Counters::bytesIn);
        total(registry, "sent", "bytes", "Body bytes to clients", Counters::bytesOut);
        for (var reason : Refusal.values()) {
            count(
                    registry,
                    "refusals",
                    Tags.of("reason", reason.label()),
                    "Requests and connections that the proxy itself refused or cut off",
                    s -> s.refusals().get(reason));
        }
        count(
                registry,
                "access.log.dropped",
                Tags.empty(),
                "Requests that are missing in the access log",
                Snapshot::accessLogDropped);
        for (var state : ConnectionState.values()) {
            gauge(
                    registry,
                    "connections",
                    Tags.of("state", state.name().toLowerCase(Locale.ROOT)),
                    "Open client connections by state",
                    s -> s.connections().getOrDefault(state, 0L));
        }
        for (var state : List.of("active", "idle")) {
            gauge(
                    registry,
                    "backend.connections",
                    Tags.of("state", state),
                    "Open connections to backends by state",
                    s -> s.backendConnections().get(state));
        }
        gauge(registry, "requests.in.flight", Tags.empty(), "Requests in progress", Snapshot::inFlight);
        times(registry, "request.duration", "How long requests took", Snapshot::times);
        times(registry, "backend.connect.duration", "How long connecting to a backend took", Snapshot::connectTimes);
        times(
                registry,
                "backend.first.byte.duration",
                "From a request's head to the backend until its response began",
                Snapshot::firstByteTimes);
        Gauge.builder(PREFIX + "gate.waiting", gate, TrafficGate::waiting)
                .description("Requests that wait while traffic is paused")
                .register(registry);
        Gauge.builder(PREFIX + "gate.open", gate, g -> g.isOpen() ? 1 : 0)
                .description("0 while traffic is paused or in maintenance")
                .register(registry);
    }

    private void total(
            MeterRegistry registry, String name, String unit, String description, ToDoubleFunction<Counters> value) {
        FunctionCounter.builder(
                        PREFIX + name,
                        this,
                        m -> value.applyAsDouble(m.snapshot().sinceStart()))
                .baseUnit(unit)
                .description(description)
                .register(registry);
    }

    private void count(
            MeterRegistry registry, String name, Tags tags, String description, ToDoubleFunction<Snapshot> value) {
        FunctionCounter.builder(PREFIX + name, this, m -> value.applyAsDouble(m.snapshot()))
                .tags(tags)
                .description(description)
                .register(registry);
    }

    /** Adds the counter of a status that occurred for the first time; too many statuses never do. */
    private void countStatus(int status) {
        count(
                meters,
                "requests.by.status",
                Tags.of("status", Integer.toString(status)),
                "Proxied requests by the status that the client got, once it has occurred",
                s -> s.byStatus().getOrDefault(status, 0L));
    }

    private void gauge(
            MeterRegistry registry, String name, Tags tags, String description, ToDoubleFunction<Snapshot> value) {
        Gauge.builder(PREFIX + name, this, m -> value.applyAsDouble(m.snapshot()))
                .tags(tags)
                .description(description)
                .register(registry);
    }

    private void times(
            MeterRegistry registry,
            String name,
            String description,
            Function<Snapshot, Map<String, Percentiles>> values) {
        for (var window : WINDOWS) {
            QUANTILES.forEach((quantile, of) -> Gauge.builder(
                            PREFIX + name,
                            this,
                            m -> TrafficReport.seconds(
                                    of.apply(values.apply(m.snapshot()).get(window))))
                    .tags("window", window, "quantile", quantile)
                    .baseUnit("seconds")
                    .description(description + ": percentiles since the switch and over the last minutes")
                    .register(registry));
        }
    }

    private Snapshot snapshot() {
        var now = System.nanoTime();
        var taken = last;
        if (taken == null || now - taken.at() > FRESH_NANOS) {
            taken = new Taken(stats.snapshot(), now);
            last = taken;
            taken.snapshot().byStatus().keySet().stream()
                    .filter(knownStatuses::add)
                    .forEach(this::countStatus);
        }
        return taken.snapshot();
    }
}
