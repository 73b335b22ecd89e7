package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The three calls that an operator's tools make, and what they return when all is well. */
class ApiIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void launch_responds_with_container_revision_and_port() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();

        var response = agent.launch(blue);

        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        var container = host.containers().getFirst();
        assertThat(response.body().strip())
                .matches("started container %s with revision %s listening on port \\d+"
                        .formatted(container.id().substring(0, 8), blue.hash().substring(0, 8)));
    }

    @Test
    void launch_changes_nothing_for_those_who_are_served() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        agent.deploy(blue);

        agent.launch(host.revision("green").publish());

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void switch_responds_with_port_and_container_and_new_requests_go_there() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        agent.launch(blue);

        var response = agent.switchTo(blue);

        var container = host.containers().getFirst();
        assertThat(response.status()).isEqualTo(200);
        assertThat(response.header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("text/plain"));
        assertThat(response.body().strip())
                .matches("switched proxy to port \\d+ of container "
                        + container.id().substring(0, 8));
        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void a_hash_may_be_followed_by_a_line_end() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();

        assertThat(agent.launch(blue.hash() + "\n").status()).isEqualTo(200);
    }

    @Test
    void a_configuration_may_be_named_by_its_sha256() {
        var agent = host.startAgent();
        var blue = host.revision("blue").sha256().publish();
        assertThat(blue.hash()).hasSize(64);

        agent.deploy(blue);

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void status_has_what_the_original_tells() {
        var agent = host.startAgent();
        agent.deploy(host.revision("blue").publish());
        for (int i = 0; i < 5; i++) {
            agent.get("/wait/0.02");
        }

        var status = agent.status();

        assertThat(status.path("HeapSize").asLong()).isPositive();
        assertThat(status.path("Requests").asLong()).isEqualTo(5);
        assertThat(status.path("TotalTime").asDouble()).isBetween(0.1, 10.0);
        assertThat(status.path("DockerState").asText()).isEqualTo("Ok");
        assertThat(status.path("States").properties())
                .extracting(java.util.Map.Entry::getKey)
                .contains("new", "active", "idle");
    }

    @Test
    void statistics_begin_again_at_each_switch() {
        var agent = host.startAgent();
        agent.deploy(host.revision("blue").publish());
        agent.get("/revision");
        assertThat(agent.status().path("Requests").asLong()).isEqualTo(1);

        agent.deploy(host.revision("green").publish());

        assertThat(agent.status().path("Requests").asLong()).isZero();
        assertThat(agent.status().path("TotalTime").asDouble()).isZero();
    }

    @Test
    void status_counts_the_open_connections_by_state() throws Exception {
        var agent = host.startAgent();
        agent.deploy(host.revision("blue").publish());
        try (var active = new Wire(agent.proxyPort());
                var silent = new Wire(agent.proxyPort())) {
            active.send("GET /drip/30 HTTP/1.1\r\nHost: shop\r\n\r\n").readHead();

            org.awaitility.Awaitility.await().untilAsserted(() -> {
                var states = agent.status().path("States");
                assertThat(states.path("active").asInt()).isEqualTo(1);
                assertThat(states.path("new").asInt()).isEqualTo(1);
            });
            assertThat(silent).isNotNull();
        }
    }

    @Test
    void status_tells_what_is_active() {
        var agent = host.startAgent();
        assertThat(agent.status().path("Active").isNull()).isTrue();
        var blue = host.revision("blue").publish();

        agent.deploy(blue);

        var active = agent.status().path("Active");
        assertThat(active.path("Hash").asText()).isEqualTo(blue.hash());
        assertThat(active.path("Revision").asText()).isEqualTo(blue.revision());
        assertThat(host.containers().getFirst().id())
                .startsWith(active.path("Container").asText());
    }

    @Test
    void status_lists_the_deployments_with_their_states() {
        var agent = host.startAgent("--drain-timeout", "1m");
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);
        agent.launch(green);

        var deployments = agent.status().path("Deployments");

        assertThat(StreamSupport.stream(deployments.spliterator(), false)
                        .map(one -> one.path("Revision").asText() + " has a state: "
                                + !one.path("State").asText().isEmpty()))
                .containsExactlyInAnyOrder(
                        blue.revision() + " has a state: true", green.revision() + " has a state: true");
    }

    @Test
    void responses_are_json_for_those_who_ask_for_it() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();

        var launched = agent.api("POST", "/launch", request -> request.header("Accept", "application/json")
                .header("Authorization", "Bearer " + agent.token())
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString(blue.hash())));
        var refused = agent.api("POST", "/launch", request -> request.header("Accept", "application/json")
                .header("Authorization", "Bearer " + agent.token())
                .POST(java.net.http.HttpRequest.BodyPublishers.ofString("no hash")));

        assertThat(launched.status()).isEqualTo(200);
        assertThat(launched.json().isObject()).isTrue();
        assertThat(refused.header("Content-Type"))
                .hasValueSatisfying(type -> assertThat(type).startsWith("application/problem+json"));
        assertThat(refused.json().path("status").asInt()).isEqualTo(400);
    }
}
