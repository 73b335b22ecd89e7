package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What engines say, in the bytes in which they say it. */
class DockerEngineTest {
    private static final String REASON =
            "initializing source docker://localhost:9/x:y: pinging container registry localhost:9:"
                    + " Get \\\"https://localhost:9/v2/\\\": dial tcp 127.0.0.1:9: connect: connection refused";

    private HttpServer server;
    private DockerEngine engine;

    @BeforeEach
    void start() throws Exception {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.start();
        engine = DockerEngine.at("tcp://127.0.0.1:" + server.getAddress().getPort());
        says("/_ping", 200, "OK");
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private void says(String path, int status, String body) {
        server.createContext(path, exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().set("Api-Version", "1.41");
            exchange.getResponseHeaders().set("Content-Type", "application/json");
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    @Test
    void a_pull_that_podman_could_not_do_is_told_in_its_words() {
        says(
                "/v1.41/images/create",
                200,
                "{\"progressDetail\":{},\"errorDetail\":{\"message\":\"" + REASON + "\"},\"error\":\"" + REASON
                        + "\"}\n");

        assertPullFails(
                "cannot pull localhost:9/x:y: initializing source docker://localhost:9/x:y: pinging container registry"
                        + " localhost:9: Get \"https://localhost:9/v2/\": dial tcp 127.0.0.1:9: connect: connection refused");
    }

    @Test
    void a_pull_that_docker_could_not_do_is_told_in_its_words() {
        says("/v1.41/images/create", 404, "{\"message\":\"manifest for localhost:9/x:y not found\"}");

        assertPullFails("cannot pull localhost:9/x:y: manifest for localhost:9/x:y not found");
    }

    @Test
    void a_pull_that_fails_under_way_is_told_in_the_words_of_its_last_line() {
        says(
                "/v1.41/images/create",
                200,
                "{\"status\":\"Pulling from x\",\"id\":\"y\"}\n{\"errorDetail\":{\"message\":\"no space left\"},\"error\":\"no"
                        + " space left\"}\n{\"status\":\"ended\"}\n");

        assertPullFails("cannot pull localhost:9/x:y: no space left");
    }

    @Test
    void a_refusal_that_has_its_cause_before_its_message_is_told_without_braces() {
        says(
                "/v1.41/containers/nix/start",
                500,
                "{\"cause\":\"no such network\",\"message\":\"unable to find network \\\"x\\\": no such network\",\"response\":500}");

        assertThatThrownBy(() -> engine.start("nix"))
                .isInstanceOf(EngineException.class)
                .hasMessage("Docker can't start container: unable to find network \"x\": no such network");
    }

    @Test
    void a_container_in_a_network_of_ipv6_alone_has_an_address() throws Exception {
        says("/v1.41/containers/blue/json", 200, """
                {"Id": "0123456789", "Name": "/blue", "Created": "2026-01-31T12:00:00Z",
                 "Config": {"Image": "shop:1"}, "HostConfig": {"NetworkMode": "six"},
                 "State": {"Status": "running", "Running": true, "Pid": 1},
                 "NetworkSettings": {"Ports": {}, "Networks": {
                   "six": {"IPAddress": "", "GlobalIPv6Address": "fd00:1::2", "GlobalIPv6PrefixLen": 64}}}}
                """);

        var container = engine.find("blue").orElseThrow();

        assertThat(container.addresses()).containsExactly("fd00:1::2");
        assertThat(engine.address(container, 9292)).hasValueSatisfying(address -> {
            assertThat(address.host()).isEqualTo("fd00:1::2");
            assertThat(address).hasToString("[fd00:1::2]:9292");
        });
    }

    @Test
    void whoever_serves_at_an_address_of_ipv6_is_found_however_the_address_is_written() throws Exception {
        says("/v1.41/containers/json", 200, """
                [{"Id": "0123456789", "Names": ["/blue"], "Image": "shop:1", "Ports": [],
                  "NetworkSettings": {"Networks": {"six": {"IPAddress": "", "GlobalIPv6Address": "0:0:0:0:0:0:0:1"}}}}]
                """);
        says("/v1.41/containers/0123456789/json", 200, """
                {"Id": "0123456789", "Name": "/blue", "Created": "2026-01-31T12:00:00Z",
                 "Config": {"Image": "shop:1"}, "HostConfig": {"NetworkMode": "six"},
                 "State": {"Status": "running", "Running": true, "Pid": 1},
                 "NetworkSettings": {"Ports": {}, "Networks": {"six": {"GlobalIPv6Address": "0:0:0:0:0:0:0:1"}}}}
                """);

        try (var there = new ServerSocket(0, 1, InetAddress.ofLiteral("::1"))) {
            assertThat(engine.listener(new Container.Address("::1", there.getLocalPort())))
                    .hasValueSatisfying(
                            listener -> assertThat(listener.toString()).contains("container 01234567 (blue)"));
        }
    }

    private void assertPullFails(String message) {
        assertThatThrownBy(() -> engine.pull("localhost:9/x:y", state -> {}))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.PULL_FAILED))
                .hasMessage(message);
    }
}
