package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.quarkus.runtime.StartupEvent;
import io.wunderproxy.api.AgentView;
import io.wunderproxy.deployment.EngineState;
import io.wunderproxy.deployment.TestApplication;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.registry.serve.Registry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.microprofile.health.HealthCheckResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the manager says of a host, as JSON and as metrics. */
class StatusResourceTest {

    private static final AgentView AGENT = new AgentView(
            "shop",
            "0.0.0.0:80",
            "unix:///run/docker.sock",
            "bucket",
            "shop",
            "/var/lib/shop",
            "/var/lib/shop/token",
            Optional.empty(),
            List.of());

    @TempDir
    Path directory;

    private final Membership alone = new Membership(null, Duration.ofSeconds(5));
    private final TrafficGate gate = new TrafficGate();
    private TestApplication shop;
    private StatusResource resource;

    @BeforeEach
    void start() throws Exception {
        shop = TestApplication.in(directory);
        resource = new StatusResource(
                shop.deployments(),
                shop.parts.monitor(),
                shop.parts.currentConfig(),
                shop.parts.recovery(),
                new EngineState(shop.engine, shop.time),
                shop.stats,
                gate,
                new NoRegistry(),
                alone,
                AGENT);
    }

    @AfterEach
    void stop() throws Exception {
        shop.close();
    }

    private static final class NoRegistry implements Registry {
        @Override
        public void start() {}

        @Override
        public Description describe() {
            return new Description("external", 8080, "no registry responds", Optional.empty());
        }

        @Override
        public void close() {}
    }

    private JsonNode status() throws Exception {
        return new ObjectMapper().readTree(resource.status());
    }

    @Test
    void a_status_has_what_the_original_tool_said() throws Exception {
        var status = status();

        assertThat(status.path("HeapSize").asLong()).isPositive();
        assertThat(status.path("TotalTime").isNumber()).isTrue();
        assertThat(status.path("Requests").isIntegralNumber()).isTrue();
        assertThat(status.path("States").fieldNames()).toIterable().contains("new", "active", "idle");
        assertThat(status.path("DockerState").asText()).isEqualTo("Ok");
    }

    @Test
    void a_status_says_that_a_load_balancer_is_refused_since_it_speaks_the_proxy_protocol() throws Exception {
        shop.recover();
        shop.stats.front().refused("10.0.0.5", "speaks the PROXY protocol, which is off here");

        assertThat(status().path("Problem").asText())
                .isEqualTo("10.0.0.5 speaks the PROXY protocol, which is off here");
    }

    @Test
    void a_status_says_where_the_parts_of_the_agent_are() throws Exception {
        assertThat(AgentView.of(status().path("Agent"))).isEqualTo(AGENT);
    }

    @Test
    void what_serves_is_shown_with_its_health() throws Exception {
        var blue = shop.serving("blue");
        shop.probe.responds(new ProbeResult.Refused());
        shop.parts.monitor().probe();

        var active = status().path("Active");

        assertThat(active.path("Hash").asText()).isEqualTo(blue.hash().value());
        assertThat(active.path("HealthReason").asText()).isEqualTo("GET /up was refused: nothing listens there");
        assertThat(active.path("Restarts").asInt()).isZero();
        assertThat(status().path("Deployments")).hasSize(1);
    }

    @Test
    void a_host_that_serves_nothing_says_why() throws Exception {
        assertThat(status().path("Active").isNull()).isTrue();
        assertThat(status().path("Problem").asText()).isEqualTo("starting");
    }

    @Test
    void the_engine_is_asked_once_a_second_at_most() throws Exception {
        status();
        shop.engine.isDown();
        status();
        assertThat(status().path("DockerState").asText()).isEqualTo("Ok");
        assertThat(shop.engine.calls("ping")).isOne();
        shop.time.pass(Duration.ofMillis(1001));

        assertThat(status().path("DockerState").asText()).isEqualTo("cannot reach Docker");
        assertThat(shop.engine.calls("ping")).isEqualTo(2);
    }

    @Test
    void a_gate_that_is_closed_is_shown() throws Exception {
        gate.maintenance("back soon");

        assertThat(status().path("Gate").path("State").asText()).isEqualTo("maintenance");
    }

    @Test
    void readiness_is_that_of_the_active_backend() throws Exception {
        var ready = new BackendReadiness(shop.deployments(), shop.parts.monitor(), shop.parts.recovery());
        assertThat(ready.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(ready.call().getData().orElseThrow()).containsEntry("reason", "starting");

        shop.serving("blue");
        assertThat(ready.call().getStatus()).isEqualTo(HealthCheckResponse.Status.UP);

        shop.probe.responds(new ProbeResult.Refused());
        shop.parts.monitor().probe();
        assertThat(ready.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);
        assertThat(ready.call().getData().orElseThrow())
                .containsEntry("revision", "blue")
                .containsEntry("reason", "GET /up was refused: nothing listens there");
    }

    @Test
    void startup_is_over_when_it_is_decided_what_is_served() throws Exception {
        var started = new RecoveryStarted(shop.parts.recovery());
        assertThat(started.call().getStatus()).isEqualTo(HealthCheckResponse.Status.DOWN);

        shop.parts.recovery().start(() -> {});
        TestApplication.awaitThat("it has started", () -> started.call().getStatus() == HealthCheckResponse.Status.UP);
    }

    @Test
    void metrics_tell_deployments_health_and_traffic() throws Exception {
        var registry = new SimpleMeterRegistry();
        new AgentMetrics()
                .register(
                        new StartupEvent(),
                        registry,
                        shop.deployments(),
                        shop.parts.monitor(),
                        shop.parts.currentConfig(),
                        alone);
        new TrafficMetrics(shop.stats).register(new StartupEvent(), registry, gate);
        assertThat(gauge(registry, "backend.healthy")).isZero();
        assertThat(gauge(registry, "gate.open")).isOne();

        shop.serving("blue");
        shop.launched("green");
        gate.maintenance("back soon");

        assertThat(gauge(registry, "backend.healthy")).isOne();
        assertThat(gauge(registry, "backend.restarts")).isZero();
        assertThat(gauge(registry, "drift")).isZero();
        assertThat(gauge(registry, "deployments", "state", "active")).isOne();
        assertThat(gauge(registry, "deployments", "state", "healthy")).isOne();
        assertThat(gauge(registry, "deployments", "state", "launching")).isZero();
        assertThat(gauge(registry, "gate.open")).isZero();
        assertThat(gauge(registry, "requests.in.flight")).isZero();
        assertThat(registry.get("wunderproxy.requests")
                        .tag("status", "5xx")
                        .functionCounter()
                        .count())
                .isZero();
        assertThat(registry.getMeters())
                .as("a host on its own has no fleet")
                .noneMatch(meter -> meter.getId().getName().startsWith("wunderproxy.fleet"));
    }

    private static double gauge(MeterRegistry registry, String name, String... tags) {
        return registry.get("wunderproxy." + name).tags(tags).gauge().value();
    }
}
