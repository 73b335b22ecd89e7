package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Who may change something, and who may look. */
class AccessIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void a_token_that_only_its_owner_can_read_is_made_at_the_first_start() throws IOException {
        var agent = host.startAgent();

        var file = host.stateDirectory().resolve("api-token");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        assertThat(agent.token()).hasSizeGreaterThanOrEqualTo(32);
        assertThat(agent.log()).doesNotContain(agent.token());
    }

    @Test
    void the_token_stays_the_same_at_the_next_start() {
        var agent = host.startAgent();
        var token = agent.token();
        agent.kill();

        agent.restart();

        assertThat(agent.token()).isEqualTo(token);
    }

    @Test
    void calls_that_change_something_need_it() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var wrong = new ArrayList<>(
                List.of("", "Bearer", "Bearer ", "Bearer wrong", "Basic cm9vdDpyb290", "bearer\twrong"));
        wrong.addAll(List.of(
                agent.token(), "Bearer " + agent.token() + " " + agent.token(), "Bearer " + agent.token() + "0"));

        for (var authorization : wrong) {
            for (var path : List.of("/launch", "/switch")) {
                var response = agent.api("POST", path, request -> {
                    request.POST(BodyPublishers.ofString(blue.hash()));
                    if (!authorization.isEmpty()) {
                        request.header("Authorization", authorization);
                    }
                });

                assertThat(response.status())
                        .as("%s with '%s'", path, authorization)
                        .isIn(401, 403);
                assertThat(response.body()).doesNotContain(agent.token());
            }
        }
        assertThat(host.containers()).isEmpty();
    }

    @Test
    void a_token_in_the_address_is_no_token() {
        var agent = host.startAgent();

        var response = agent.api("POST", "/launch?token=" + agent.token());

        assertThat(response.status()).isEqualTo(401);
    }

    @Test
    void status_health_and_metrics_are_open() {
        var agent = host.startAgent();

        assertThat(agent.api("GET", "/status").status()).isEqualTo(200);
        assertThat(agent.api("GET", "/q/health/live").status()).isEqualTo(200);
        assertThat(agent.api("GET", "/q/health/ready").status()).isIn(200, 503);
        assertThat(agent.api("GET", "/q/metrics").status()).isEqualTo(200);
    }

    @Test
    void without_authentication_the_api_is_open_and_the_log_warns() {
        var agent = host.startAgent("--api-auth", "none");
        var blue = host.revision("blue").publish();

        var launched = agent.api("POST", "/launch", request -> request.POST(BodyPublishers.ofString(blue.hash())));
        var switched = agent.api("POST", "/switch", request -> request.POST(BodyPublishers.ofString(blue.hash())));

        assertThat(launched.status()).isEqualTo(200);
        assertThat(switched.status()).isEqualTo(200);
        assertThat(agent.log().lines())
                .anySatisfy(line -> assertThat(line).contains("WARN").contains("api-auth"));
    }

    @Test
    void without_authentication_pages_of_other_sites_are_kept_out_too() throws Exception {
        var agent = host.startAgent("--api-auth", "none");

        for (var origin : List.of("http://elsewhere.example", "null", "http://127.0.0.1:1")) {
            try (var wire = new Wire(agent.apiPort())) {
                assertThat(pauseFrom(wire, agent, origin)).as(origin).isEqualTo(403);
            }
        }
        try (var wire = new Wire(agent.apiPort())) {
            assertThat(pauseFrom(wire, agent, "http://127.0.0.1:" + agent.apiPort()))
                    .isEqualTo(200);
        }
    }

    private static int pauseFrom(Wire wire, Agent agent, String origin) throws Exception {
        wire.send("POST /pause HTTP/1.1\r\nHost: 127.0.0.1:" + agent.apiPort() + "\r\nOrigin: " + origin
                + "\r\nContent-Length: 0\r\n\r\n");
        return wire.readHead().status();
    }

    @Test
    void a_token_file_of_the_operators_is_used() {
        var file = host.file("token", "a-token-of-my-own-choosing-0123456789\n");
        var agent = host.startAgent("--api-token-file", file.toString());
        var blue = host.revision("blue").publish();

        var response = agent.api("POST", "/launch", request -> request.header(
                        "Authorization", "Bearer a-token-of-my-own-choosing-0123456789")
                .POST(BodyPublishers.ofString(blue.hash())));

        assertThat(response.status()).isEqualTo(200);
    }

    @Test
    void pages_of_other_sites_may_not_look_either_and_names_of_others_are_refused_if_its_own_are_known()
            throws Exception {
        var agent = host.startAgent("--api-host", "manager.example");
        var own = "Host: manager.example\r\n";

        assertThat(status(agent, own)).isEqualTo(200);
        assertThat(status(agent, "Host: 127.0.0.1:" + agent.apiPort() + "\r\n")).isEqualTo(200);
        assertThat(status(agent, "Host: evil.example\r\n")).isEqualTo(403);
        assertThat(status(agent, own + "Origin: http://evil.example\r\n")).isEqualTo(403);
        assertThat(status(agent, own + "Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: no-cors\r\n"))
                .isEqualTo(403);
    }

    private static int status(Agent agent, String headers) throws Exception {
        try (var wire = new Wire(agent.apiPort())) {
            return wire.send("GET /status HTTP/1.1\r\n" + headers + "\r\n")
                    .readHead()
                    .status();
        }
    }

    @Test
    void silent_connections_lock_nobody_out() throws Exception {
        var agent = host.startAgent();
        var silent = new ArrayList<Wire>();
        try {
            for (var i = 0; i < 600; i++) {
                silent.add(new Wire(agent.apiPort()));
            }

            assertThat(agent.api("GET", "/status").status()).isEqualTo(200);
            silent.getFirst().awaitClosed();
        } finally {
            for (var wire : silent) {
                wire.close();
            }
        }
    }
}
