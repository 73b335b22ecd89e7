package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.container.ContainerRuntime.Volumes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
    }

    @Test
    void a_pull_that_podman_could_not_do_is_reported_in_its_words() {
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
    void a_pull_that_docker_could_not_do_is_reported_in_its_words() {
        says("/v1.41/images/create", 404, "{\"message\":\"manifest for localhost:9/x:y not found\"}");

        assertPullFails("cannot pull localhost:9/x:y: manifest for localhost:9/x:y not found");
    }

    @Test
    void a_pull_that_fails_under_way_is_reported_in_the_words_of_its_last_line() {
        says(
                "/v1.41/images/create",
                200,
                "{\"status\":\"Pulling from x\",\"id\":\"y\"}\n{\"errorDetail\":{\"message\":\"no space left\"},\"error\":\"no"
                        + " space left\"}\n{\"status\":\"ended\"}\n");

        assertPullFails("cannot pull localhost:9/x:y: no space left");
    }

    @Test
    void a_refusal_that_has_its_cause_before_its_message_is_reported_without_braces() {
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

    // ---- containers ----

    private static final ObjectNode BODY = JsonNodeFactory.instance.objectNode().put("Image", "shop:1");

    private static void assertFails(ThrowingCallable call, EngineException.Kind kind, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessage(message);
    }

    @Test
    void a_container_is_created_with_all_that_was_said_of_it() throws Exception {
        var sent = new AtomicReference<String>();
        server.createContext("/v1.41/containers/create", exchange -> {
            sent.set(exchange.getRequestURI().getQuery() + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            var bytes = "{\"Id\": \"0123\"}".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(201, bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });

        assertThat(engine.create("blue", BODY.deepCopy().put("NewField", true))).isEqualTo("0123");
        assertThat(sent).hasValue("name=blue {\"Image\":\"shop:1\",\"NewField\":true}");
    }

    @ParameterizedTest
    @CsvSource({"404, NO_IMAGE", "409, NAME_TAKEN", "400, REFUSED", "500, REFUSED"})
    void a_container_that_can_not_be_created_is_reported_with_the_kind_of_failure(
            int status, EngineException.Kind kind) {
        says("/v1.41/containers/create", status, "{\"message\":\"it is\\nlike that\"}");

        assertFails(() -> engine.create("blue", BODY), kind, "Docker can't create container blue: it is like that");
    }

    @Test
    void a_port_that_somebody_has_is_distinguished_from_other_failures_to_start() {
        says("/v1.41/containers/blue/start", 500, "{\"message\":\"port is already allocated\"}");

        assertFails(
                () -> engine.start("blue"),
                EngineException.Kind.PORT_TAKEN,
                "Docker can't start container blue: port is already allocated");
    }

    @Test
    void what_is_so_already_is_no_failure() throws Exception {
        says("/v1.41/containers/runs/start", 304, "");
        says("/v1.41/containers/ended/stop", 304, "");
        says("/v1.41/containers/gone", 404, "{\"message\":\"No such container: gone\"}");
        says("/v1.41/containers/going", 409, "{\"message\":\"removal of container going is already in progress\"}");

        engine.start("runs");
        engine.stop("ended", Duration.ofSeconds(1));
        engine.stop("gone", Duration.ofSeconds(1));
        engine.remove("gone", Volumes.DELETE);
        engine.remove("going", Volumes.KEEP);
        assertThat(engine.find("gone")).isEmpty();
    }

    @Test
    void a_container_is_not_gone_because_the_call_is_not_known() {
        says("/v1.41/containers/blue", 404, "{\"message\":\"page not found\"}");

        assertFails(
                () -> engine.remove("blue", Volumes.KEEP),
                EngineException.Kind.REFUSED,
                "Docker can't remove container: page not found");
        assertFails(
                () -> engine.find("blue"),
                EngineException.Kind.REFUSED,
                "Docker can't inspect container: page not found");
    }

    @Test
    void containers_are_looked_at_that_the_filter_takes_and_that_are_still_there() throws Exception {
        says("/v1.41/containers/json", 200, """
                [{"Id": "01", "Image": "shop:1", "Labels": {}}, {"Id": "02", "Image": "other:1", "Labels": {}},
                 {"Id": "03", "Image": "shop:2", "Labels": {}}]
                """);
        says("/v1.41/containers/01/json", 404, "{\"message\":\"No such container: 01\"}");
        says("/v1.41/containers/03/json", 200, """
                {"Id": "03", "Name": "/blue", "Created": "2026-01-31T12:00:00Z", "Config": {"Image": "shop:2"},
                 "State": {}, "NetworkSettings": {"Networks": {}}}
                """);

        assertThat(engine.list((image, labels) -> image.startsWith("shop:")))
                .extracting(Container::id)
                .containsExactly("03");
    }

    @Test
    void the_end_of_a_container_is_waited_for() throws Exception {
        says("/v1.41/containers/blue/json", 200, """
                {"Id": "blue", "Name": "/blue", "Created": "2026-01-31T12:00:00Z", "Config": {},
                 "State": {"Status": "exited"}, "NetworkSettings": {"Networks": {}}}
                """);

        engine.exit("blue").get(30, TimeUnit.SECONDS);
    }

    @Test
    void the_last_lines_of_both_outputs_are_read() throws Exception {
        server.createContext("/v1.41/containers/blue/logs", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(frame(1, "out\nto"));
            exchange.getResponseBody().write(frame(1, "gether\n"));
            exchange.getResponseBody().write(frame(2, "err\n"));
            exchange.close();
        });

        assertThat(engine.logTail("blue", 10)).containsExactly("out", "together", "err");
        var lines = new ArrayList<String>();
        engine.logs("blue", 10, false, lines::add);
        assertThat(lines).containsExactly("out", "together", "err");
    }

    /** As the engine sends it: stream, three zeros, length. */
    private static byte[] frame(int stream, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + bytes.length)
                .putInt(stream << 24)
                .putInt(bytes.length)
                .put(bytes)
                .array();
    }

    @Test
    void whoever_reads_a_log_and_fails_is_not_taken_for_the_engine() {
        server.createContext("/v1.41/containers/blue/logs", exchange -> {
            exchange.sendResponseHeaders(200, 0);
            exchange.getResponseBody().write(frame(1, "line\n"));
            exchange.close();
        });
        says("/v1.41/containers/none/logs", 404, "{\"message\":\"No such container: none\"}");
        var broken = new UncheckedIOException(new IOException("the client has gone"));

        assertThatThrownBy(() -> engine.logs("blue", 10, false, line -> {
                    throw broken;
                }))
                .isSameAs(broken);
        assertFails(
                () -> engine.logs("none", 10, false, line -> {}),
                EngineException.Kind.REFUSED,
                "Docker can't read log: No such container: none");
    }

    // ---- images ----

    @Test
    void an_image_is_there_or_gone_or_in_use() throws Exception {
        says("/v1.41/images/here:1/json", 200, "{\"Id\": \"sha256:01\"}");
        says("/v1.41/images/gone:1", 404, "{\"message\":\"No such image: gone:1\"}");
        says("/v1.41/images/used:1", 409, "{\"message\":\"image is being used\"}");

        assertThat(engine.hasImage("here:1")).isTrue();
        assertThat(engine.hasImage("gone:1")).isFalse();
        assertThat(engine.removeImage("gone:1")).isTrue();
        assertThat(engine.removeImage("used:1")).isFalse();
    }

    @Test
    void an_image_is_saved_whole_or_it_is_said_why_not(@TempDir Path directory) throws Exception {
        says("/v1.41/images/here:1/get", 200, "archive");
        says("/v1.41/images/gone:1/get", 404, "{\"message\":\"reference does not exist\"}");
        var file = directory.resolve("image.tar");
        var nowhere = directory.resolve("no/image.tar");

        engine.save("here:1", file);

        assertThat(file).hasContent("archive");
        assertFails(
                () -> engine.save("gone:1", file),
                EngineException.Kind.NO_IMAGE,
                "Docker can't save image gone:1: reference does not exist");
        assertThatThrownBy(() -> engine.save("here:1", nowhere)).hasMessageStartingWith("cannot write " + nowhere);
    }

    private void assertPullFails(String message) {
        assertThatThrownBy(() -> engine.pull("localhost:9/x:y", state -> {}))
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(EngineException.Kind.PULL_FAILED))
                .hasMessage(message);
    }
}
