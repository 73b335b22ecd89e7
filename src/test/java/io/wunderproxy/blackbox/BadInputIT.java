package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Input that no honest tool sends. It is refused with a reason, and nothing changes: one revision serves all the time. */
class BadInputIT {
    private static final String SECRET = "hunter-two";
    private static final int LIMIT = 64 * 1024;

    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;
    private static Revision.Published serving;
    private static String container;

    @BeforeAll
    static void a_revision_serves() {
        agent = HOST.startAgent();
        serving = HOST.revision("serving").env("PASSWORD", SECRET).publish();
        agent.deploy(serving);
        container = HOST.containers().getFirst().id();
    }

    @AfterEach
    void nothing_has_changed_and_nothing_leaked() {
        assertThat(agent.get("/revision").body()).isEqualTo(serving.revision());
        assertThat(agent.status().at("/Active/Hash").asText()).isEqualTo(serving.hash());
        assertThat(HOST.containers()).singleElement().satisfies(only -> assertThat(only.id())
                .isEqualTo(container));
        assertThat(agent.log()).doesNotContain(SECRET);
    }

    static Stream<String> malformedIdentifiers() {
        return Stream.of(
                "",
                " ",
                "\n",
                "abc",
                "0123456789abcdef0123456789abcde",
                "0123456789abcdef0123456789abcdef0",
                "0123456789ABCDEF0123456789ABCDEF",
                "0123456789abcdef0123456789abcdeg",
                "0123456789abcdef\n0123456789abcdef",
                "0123456789abcdef 123456789abcdef",
                "../../../../../../../../etc/passwd",
                "../container.0123456789abcdef0123456789abcdef",
                "0123456789abcdef0123456789abcdef/..",
                "%2e%2e%2f3456789abcdef0123456789ab",
                "٠١٢٣٤٥٦٧٨٩abcdef٠١٢٣٤٥٦٧٨٩abcdef",
                "\u0000123456789abcdef0123456789abcdef",
                "{\"hash\":\"0123456789abcdef0123456789abcdef\"}",
                "current",
                "a".repeat(65),
                "a".repeat(4096),
                "a".repeat(LIMIT));
    }

    @ParameterizedTest
    @MethodSource("malformedIdentifiers")
    void malformed_identifiers_are_refused_with_400(String identifier) {
        for (var path : List.of("/launch", "/switch")) {
            var response = agent.post(path, identifier);

            assertThat(response.status()).as(path).isEqualTo(400);
            assertThat(response.body().lines()).as(path).hasSize(1);
            assertThat(response.body()).hasSizeLessThan(500);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/launch", "/switch"})
    void bodies_beyond_64_kib_are_refused_with_413(String path) {
        var oversized = "a".repeat(LIMIT + 1);

        var withLength = agent.post(path, oversized);
        var inChunks = agent.api("POST", path, request -> request.header("Authorization", "Bearer " + agent.token())
                .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(oversized.getBytes()))));

        assertThat(withLength.status()).isEqualTo(413);
        assertThat(inChunks.status()).isEqualTo(413);
    }

    @Test
    void a_body_that_is_announced_as_huge_is_refused_before_it_comes() throws IOException {
        try (var wire = new Wire(agent.apiPort())) {
            wire.send("POST /launch HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer " + agent.token()
                    + "\r\nContent-Length: 99999999999\r\n\r\n");

            assertThat(wire.readHead().status()).isEqualTo(413);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0123456789abcdef0123456789abcdef",
                "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
            })
    void unknown_identifiers_are_refused_with_404_or_409(String identifier) {
        var launch = agent.post("/launch", identifier);
        var change = agent.post("/switch", identifier);

        assertThat(launch.status()).isEqualTo(404);
        assertThat(launch.body().lines()).hasSize(1);
        assertThat(launch.body()).contains(identifier.substring(0, 8));
        assertThat(change.status()).isIn(404, 409);
        assertThat(change.body().lines()).hasSize(1);
    }

    static Stream<Arguments> invalidConfigurations() {
        return Stream.of(
                invalid("ContainerConfig", json -> json.remove("ContainerConfig")),
                invalid("ContainerConfig", json -> json.put("ContainerConfig", SECRET)),
                invalid("Image", json -> json.withObject("/ContainerConfig").remove("Image")),
                invalid("Image", json -> json.withObject("/ContainerConfig").put("Image", 17)),
                invalid("Image", json -> json.withObject("/ContainerConfig").put("Image", "NOT an image")),
                invalid("Image", json -> json.withObject("/ContainerConfig").put("Image", "")),
                invalid("Env", json -> json.withObject("/ContainerConfig").put("Env", SECRET)),
                invalid("Env", json -> json.withArray("/ContainerConfig/Env").add(17)),
                invalid("Env", json -> json.withArray("/ContainerConfig/Env").add("=" + SECRET)),
                invalid("ExposedPorts", json -> json.withObject("/ContainerConfig")
                        .putObject("ExposedPorts")
                        .putObject("99999/tcp")),
                invalid("ExposedPorts", json -> json.withObject("/ContainerConfig")
                        .putObject("ExposedPorts")
                        .putObject("http")),
                invalid("HostConfig", json -> json.putArray("HostConfig")),
                invalid("PortBindings", json -> json.withObject("/HostConfig").put("PortBindings", "all")),
                invalid("PortBindings", json -> json.withArray("/HostConfig/PortBindings/9292~1tcp")
                        .addObject()
                        .put("HostPort", "70000")),
                invalid("PortBindings", json -> json.withArray("/HostConfig/PortBindings/9292~1tcp")
                        .addObject()
                        .put("HostPort", "http")),
                invalid("Revision", json -> json.remove("Revision")),
                invalid("Revision", json -> json.put("Revision", "")),
                invalid("Revision", json -> json.put("Revision", "../../etc")),
                invalid("Revision", json -> json.put("Revision", "a b")),
                invalid("Revision", json -> json.put("Revision", "r".repeat(300))),
                invalid("Revision", json -> json.putObject("Revision")),
                invalid("ForceReload", json -> json.put("ForceReload", "yes")),
                invalid("HealthCheckPath", json -> json.put("HealthCheckPath", 200)),
                invalid("HealthCheckPath", json -> json.put("HealthCheckPath", "up HTTP/1.1\r\nX-Injected: yes")),
                invalid("HealthCheck", json -> json.put("HealthCheck", "up")),
                invalid("Port", json -> json.withObject("/HealthCheck").put("Port", 70_000)),
                invalid("Interval", json -> json.withObject("/HealthCheck").put("Interval", "soon")),
                invalid("Timeout", json -> json.withObject("/HealthCheck").put("Timeout", -1)),
                invalid("Successes", json -> json.withObject("/HealthCheck").put("Successes", 0)),
                invalid("Deadline", json -> json.withObject("/HealthCheck").put("Deadline", "1 fortnight")),
                invalid("Headers", json -> json.withObject("/HealthCheck/Headers")
                        .put("X-A", "b\r\nX-Injected: " + SECRET)));
    }

    private static Arguments invalid(String field, Consumer<ObjectNode> change) {
        return Arguments.of(field, change);
    }

    @ParameterizedTest(name = "{index} {0}")
    @MethodSource("invalidConfigurations")
    void invalid_configurations_are_refused_with_422_and_the_name_of_the_field(
            String field, Consumer<ObjectNode> change) {
        var invalid = HOST.revision("invalid").with(change).withoutImage().publish();

        var response = agent.launch(invalid);

        assertThat(response.status()).as(response.body()).isEqualTo(422);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).contains(field).doesNotContain(SECRET);
    }

    static Stream<String> documents() {
        return Stream.of(
                "",
                "{",
                "null",
                "17",
                "[]",
                "\"text\"",
                "{\"Revision\": \"" + SECRET,
                "{\"Revision\": \"a\", \"Revision\": \"b\"}",
                "[".repeat(100_000),
                "{\"ContainerConfig\":{\"Image\":\"localhost:1/a:b\"},\"Revision\":\"a1\"} trailing",
                "\u0000\u0001\u0002");
    }

    @ParameterizedTest
    @MethodSource("documents")
    void documents_that_are_no_configuration_are_refused_with_422(String document) {
        var hash = HOST.store().putContainer(document, "MD5");

        var response = agent.launch(hash);

        assertThat(response.status()).as(response.body()).isEqualTo(422);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).hasSizeLessThan(500).doesNotContain(SECRET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/../../../../etc/passwd",
                "/..%2f..%2f..%2fetc/passwd",
                "/q/../../etc/passwd",
                "/launch/../../etc/passwd",
                "//etc/passwd",
                "/status/..%5c..%5cetc/passwd",
                "/container." + "0123456789abcdef0123456789abcdef.json",
                "/api-token",
                "/current.json"
            })
    void tricks_with_paths_lead_nowhere(String path) throws IOException {
        try (var wire = new Wire(agent.apiPort())) {
            wire.send("GET " + path + " HTTP/1.1\r\nHost: api\r\n\r\n");

            var head = wire.readHead();

            assertThat(head.status()).isBetween(400, 499);
            assertThat(new String(wire.readBody(head))).doesNotContain("root:").doesNotContain(SECRET);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"GET /launch", "PUT /launch", "DELETE /launch", "GET /switch", "POST /status", "DELETE /status"})
    void other_methods_are_refused(String call) {
        var words = call.split(" ");

        var response =
                agent.api(words[0], words[1], request -> request.header("Authorization", "Bearer " + agent.token()));

        assertThat(response.status()).isIn(404, 405);
    }

    @Test
    void bytes_that_are_no_http_do_no_harm() throws IOException {
        for (int port : List.of(agent.apiPort(), agent.proxyPort())) {
            try (var wire = new Wire(port)) {
                wire.send(new byte[] {
                            0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, (byte) 0xfc, 0x03, 0x03, '\r', '\n'
                        })
                        .send("\r\n\r\n");
                while (!wire.isClosed()) {
                    continue;
                }
            }
        }
    }
}
