package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** When a container may serve, and what happens when one that serves gets ill. */
class HealthCheckIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void asks_as_if_over_tls() {
        var agent = host.startAgent();
        var blue = host.revision("blue")
                .env("UP_NEEDS", "X-Forwarded-Proto:https")
                .deadline("10s")
                .publish();

        assertThat(agent.launch(blue).status()).isEqualTo(200);
    }

    @Test
    void sends_the_headers_of_the_configuration() {
        var agent = host.startAgent();
        var blue = host.revision("blue")
                .env("UP_NEEDS", "X-Probe:mine")
                .deadline("10s")
                .with(json -> json.withObject("/HealthCheck/Headers").put("X-Probe", "mine"))
                .publish();

        assertThat(agent.launch(blue).status()).isEqualTo(200);
    }

    @Test
    void asks_for_the_path_of_the_configuration() {
        var agent = host.startAgent();
        var plain = host.revision("plain")
                .with(json -> json.put("HealthCheckPath", "status/200"))
                .env("UP_STATUS", "500")
                .deadline("10s")
                .publish();
        var object = host.revision("object")
                .with(json -> json.withObject("/HealthCheck").put("Path", "/status/200"))
                .env("UP_STATUS", "500")
                .deadline("10s")
                .publish();

        assertThat(agent.launch(plain).status()).isEqualTo(200);
        assertThat(agent.launch(object).status()).isEqualTo(200);
    }

    @Test
    void takes_only_200_as_healthy() {
        var agent = host.startAgent();

        var response = agent.launch(
                host.revision("blue").env("UP_STATUS", "204").deadline("2s").publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).contains("204");
    }

    @Test
    void takes_the_statuses_of_the_configuration_as_healthy() {
        var agent = host.startAgent();

        agent.deploy(host.revision("blue")
                .env("UP_STATUS", "204")
                .deadline("10s")
                .with(json -> json.withObject("/HealthCheck").put("Status", "200-299"))
                .publish());

        assertThat(agent.status().at("/Active/HealthReason").asText()).doesNotContain("returned 200");
    }

    @Test
    void asks_by_a_connection_alone() {
        var agent = host.startAgent();
        var tcp = host.revision("tcp").env("UP_STATUS", "500").deadline("10s").with(HealthCheckIT::byConnection);
        var deaf = host.revision("deaf").env("NO_LISTEN", "1").deadline("2s").with(HealthCheckIT::byConnection);

        assertThat(agent.launch(tcp.publish()).status()).isEqualTo(200);
        assertThat(agent.launch(deaf.publish()).body()).contains("a connection on port 9292 was refused");
    }

    private static void byConnection(ObjectNode json) {
        json.withObject("/HealthCheck").put("Kind", "tcp");
    }

    @Test
    void asks_by_the_health_protocol_of_grpc() {
        var agent = host.startAgent();
        var server = host.revision("server").with(json -> byGrpc(json, "")).publish();
        var unknown = host.revision("unknown")
                .deadline("20s")
                .with(json -> byGrpc(json, "shop.Orders"))
                .publish();

        assertThat(agent.launch(server)).hasToString(agent.launch(server).toString());
        assertThat(agent.switchTo(server).status()).isEqualTo(200);
        await().untilAsserted(() -> assertThat(
                        agent.status().at("/Active/HealthReason").asText())
                .isEqualTo("gRPC's health check responded SERVING"));
        assertThat(agent.launch(unknown).body())
                .contains("gRPC's health check of shop.Orders")
                .contains("NOT_FOUND");
    }

    private static void byGrpc(ObjectNode json, String service) {
        GrpcApp.into(json);
        json.withObject("/HealthCheck")
                .put("Kind", "grpc")
                .put("Service", service)
                .remove("Port");
    }

    @Test
    void takes_the_word_of_dockers_own_check() {
        var agent = host.startAgent();
        var good = host.revision("good").with(json -> byDocker(json, 0)).publish();
        var bad = host.revision("bad")
                .deadline("6s")
                .with(json -> byDocker(json, 1))
                .publish();
        var without = host.revision("without")
                .deadline("5m")
                .with(json -> json.withObject("/HealthCheck").put("Kind", "docker"))
                .publish();

        agent.deploy(good);
        assertThat(agent.status().at("/Active/HealthReason").asText()).contains("healthy");
        var fails = agent.launch(bad);
        assertThat(fails.status()).isEqualTo(504);
        assertThat(fails.body()).contains("Docker's HEALTHCHECK says unhealthy").contains("exiting with 1");
        var began = Instant.now();
        var hopeless = agent.launch(without);
        assertThat(hopeless.status()).isEqualTo(409);
        assertThat(hopeless.body()).contains("can't become healthy");
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(20));
    }

    private static void byDocker(ObjectNode json, int exitCode) {
        json.withObject("/HealthCheck").put("Kind", "docker");
        var check = json.withObject("/ContainerConfig/Healthcheck");
        check.put("Interval", 1_000_000_000L).put("Retries", 1);
        check.putArray("Test").add("CMD").add("/webapp").add("EXIT_CODE=" + exitCode);
    }

    @Test
    void starts_the_active_container_again_when_it_hangs_if_its_configuration_says_so() {
        var agent = host.startAgent("--health-interval", "1s", "--stop-timeout", "1s");
        var blue = host.revision("blue")
                .with(json ->
                        json.withObject("/HealthCheck").put("Timeout", "500ms").put("RestartAfter", "5s"))
                .publish();
        agent.deploy(blue);
        var container = host.containers().getFirst();

        agent.request("/hang", request -> request.POST(java.net.http.HttpRequest.BodyPublishers.noBody()));

        await().untilAsserted(() -> assertThat(host.containers())
                .singleElement()
                .satisfies(again -> assertThat(again.startedAt()).isNotEqualTo(container.startedAt())));
        await().ignoreExceptions().until(() -> agent.get("/revision").body().equals(blue.revision()));
        assertThat(agent.log()).contains("its container hangs (GET /up was accepted but got no response");
    }

    @Test
    void waits_for_an_application_that_responds_after_20_seconds() {
        var agent = host.startAgent();
        var began = Instant.now();

        agent.deploy(host.revision("late").env("START_DELAY", "20").publish());

        assertThat(Duration.between(began, Instant.now())).isBetween(Duration.ofSeconds(20), Duration.ofSeconds(25));
        assertThat(agent.get("/revision").body()).isEqualTo(host.unique("late"));
    }

    @Test
    void ends_a_launch_at_the_launch_time_out_of_the_agent() {
        var agent = host.startAgent("--launch-timeout", "2s");

        var response =
                agent.launch(host.revision("late").env("START_DELAY", "60").publish());

        assertThat(response.status()).isEqualTo(504);
    }

    @Test
    void tells_readiness_status_and_metrics_that_the_active_backend_is_ill() {
        var agent = host.startAgent("--health-interval", "1s");
        agent.deploy(host.revision("blue").publish());
        agent.awaitReady();
        var container = host.containers().getFirst();
        assertThat(agent.metrics()).contains("wunderproxy_");
        var healthy = agent.status().at("/Active/Health").asText();

        Command.run("docker", "pause", container.id());
        try {
            await().untilAsserted(() -> assertThat(agent.ready().status()).isEqualTo(503));
            assertThat(agent.status().at("/Active/Health").asText()).isNotEqualTo(healthy);
        } finally {
            Command.run("docker", "unpause", container.id());
        }

        agent.awaitReady();
        assertThat(agent.status().at("/Active/Health").asText()).isEqualTo(healthy);
    }

    @Test
    void starts_the_active_container_again_when_it_dies_and_logs_why() {
        var agent = host.startAgent("--health-interval", "1s");
        var blue = host.revision("blue").publish();
        agent.deploy(blue);
        var container = host.containers().getFirst();

        agent.request("/exit/7", request -> request.POST(java.net.http.HttpRequest.BodyPublishers.noBody()));

        await().untilAsserted(() -> assertThat(agent.get("/revision").body()).isEqualTo(blue.revision()));
        assertThat(host.containers()).singleElement().satisfies(again -> {
            assertThat(again.id()).isEqualTo(container.id());
            assertThat(again.startedAt()).isNotEqualTo(container.startedAt());
        });
        assertThat(agent.log().lines())
                .anySatisfy(line -> assertThat(line).contains(blue.revision()).contains("7"));
    }

    @Test
    void starts_it_again_each_time_it_dies() {
        var agent = host.startAgent("--health-interval", "1s");
        var blue = host.revision("blue").publish();
        agent.deploy(blue);

        for (int i = 0; i < 2; i++) {
            host.engine().kill(blue.revision());
            await().ignoreExceptions().until(() -> agent.get("/revision").body().equals(blue.revision()));
        }

        assertThat(host.containers()).singleElement().matches(Engine.Container::isRunning);
    }
}
