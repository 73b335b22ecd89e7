package io.wunderproxy.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.api.AgentView;
import io.wunderproxy.api.RegistryView;
import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.FakeManagerServer;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the doctor finds, each with what to do, on a host whose parts are all there. */
class DoctorCommandTest {

    private static final String BLUE = "b".repeat(64);
    private static final byte[] DOCUMENT = """
        {"ContainerConfig": {"Image": "localhost:8080/shop:r1"}, "HealthCheckPath": "up", "Revision": "r1"}
        """.getBytes(StandardCharsets.UTF_8);

    @TempDir
    Path directory;

    private final List<HttpServer> parts = new ArrayList<>();
    private FakeManagerServer server;
    private FakeManager host;
    private CommandRunner commands;
    private LaunchConfigStore store;

    @BeforeEach
    void all_is_well() throws Exception {
        server = FakeManagerServer.start();
        host = server.manager().serving(BLUE);
        Files.createDirectories(directory.resolve("store/shop"));
        store = LaunchConfigStore.open("file:" + directory + "/store", "shop");
        var config = LaunchConfig.parse(ConfigHash.sha256(DOCUMENT), DOCUMENT);
        store.put(config);
        var promotions = store.promotions(Clock.systemUTC());
        promotions.promote(promotions.read(), config, "ann");
        commands = new CommandRunner(directory)
                .with("WUNDERPROXY_HOST", server.address())
                .with("WUNDERPROXY_S3BUCKET", "file:" + directory + "/store")
                .with("WUNDERPROXY_S3PREFIX", "shop")
                .with("WUNDERPROXY_DOCKER_HOST", "tcp://127.0.0.1:" + docker("27.0", "1.47"))
                .with("WUNDERPROXY_REGISTRY_PORT", Integer.toString(part(200, "{}")))
                .with("WUNDERPROXY_PROXY", "127.0.0.1:" + part(200, ""));
    }

    @AfterEach
    void stop() {
        server.close();
        parts.forEach(part -> part.stop(0));
    }

    /** Responds so to everything; returns its port. */
    private int part(int status, String body) throws IOException {
        var http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        http.createContext("/", exchange -> {
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
            exchange.getResponseBody().write(bytes);
            exchange.close();
        });
        http.start();
        parts.add(http);
        return http.getAddress().getPort();
    }

    private int docker(String version, String api) throws IOException {
        return part(200, "{\"Version\": \"" + version + "\", \"ApiVersion\": \"" + api + "\"}");
    }

    /** A port on which nobody listens. */
    private static int freePort() throws IOException {
        try (var socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        }
    }

    private Result doctor(String... options) {
        return commands.runWords("doctor", options);
    }

    private static void assertFound(Result result, String finding, String remedy) {
        assertThat(result.out()).contains(finding);
        if (!remedy.isEmpty()) {
            assertThat(result.out()).contains("         to fix it: " + remedy);
        }
        assertThat(result.exitCode()).as(result.out()).isEqualTo(finding.startsWith("wrong") ? 1 : 0);
    }

    @Test
    void where_all_is_well_each_check_says_so_and_the_end_too() {
        var result = doctor();

        assertThat(result.exitCode()).as(result.out()).isZero();
        assertThat(result.out().lines())
                .contains(
                        "ok       manager: http://" + server.address() + " responds, serving revision revision-bbbb",
                        "ok       token: none is asked for",
                        "ok       store: " + directory + "/store/shop/current.json is there",
                        "ok       promotion: is allowed")
                .anyMatch(line -> line.startsWith("ok       docker: Engine 27.0 responds at tcp://127.0.0.1:"))
                .anyMatch(line -> line.startsWith("ok       registry: responds on port "))
                .anyMatch(line -> line.matches("ok       ports: the proxy's port \\d+ is listened on"));
        assertThat(result.out()).endsWith("nothing is wrong\n").doesNotContain("to fix it");
        assertThat(host.calls()).isEmpty();
    }

    @Test
    void machines_get_each_finding_with_its_remedy() {
        host.docker("permission denied");

        var findings = doctor("--json");

        assertThat(findings.exitCode()).isEqualTo(1);
        assertThat(findings.json())
                .anySatisfy(finding -> {
                    assertThat(finding.path("Check").asText()).isEqualTo("manager");
                    assertThat(finding.path("State").asText()).isEqualTo("ok");
                    assertThat(finding.has("Remedy")).isFalse();
                })
                .anySatisfy(finding -> {
                    assertThat(finding.path("Check").asText()).isEqualTo("manager's Docker");
                    assertThat(finding.path("State").asText()).isEqualTo("wrong");
                    assertThat(finding.path("Message").asText()).isEqualTo("permission denied");
                    assertThat(finding.path("Remedy").asText()).isEqualTo("look at the Docker service of that host");
                });
    }

    // ---- what the manager says ----

    static Stream<Arguments> whatTheManagerSays() {
        return Stream.of(
                said(
                        host -> host.isUnhealthyWith(BLUE, "GET /up said 500"),
                        "wrong    health: the active container is unhealthy: GET /up said 500",
                        "wunderproxy logs"),
                said(FakeManager::servesNothing, "warning  health: nothing serves yet", "wunderproxy deploy"),
                said(
                        host -> host.docker("cannot connect"),
                        "wrong    manager's Docker: cannot connect",
                        "look at the Docker service of that host"),
                said(
                        host -> host.hasProblem("the bucket is gone"),
                        "wrong    manager's problem: the bucket is gone",
                        "see docs/operations.md, by these words"),
                said(
                        host -> host.driftsFrom("c".repeat(64)),
                        "warning  drift: active is another than that of current.json",
                        "wunderproxy deploy"),
                said(host -> host.isPaused(3), "warning  traffic: is held back: paused", "wunderproxy resume"),
                said(FakeManager::isInMaintenance, "warning  traffic: is held back: maintenance", "wunderproxy resume"),
                said(
                        host -> host.registry(new RegistryView("embedded", 1, "no such bucket", Optional.of("images"))),
                        "wrong    images: no such bucket",
                        "look at the agent's --image-bucket"),
                said(
                        host -> host.registry(new RegistryView("embedded", 1, "Ok", Optional.of("images"))),
                        "ok       images: come from images",
                        ""),
                said(
                        FakeManager::saysNothingOfItself,
                        "warning  token: is not looked at: the agent is too old to tell",
                        "upgrade it"));
    }

    private static Arguments said(Consumer<FakeManager> state, String finding, String remedy) {
        return Arguments.of(state, finding, remedy);
    }

    @ParameterizedTest
    @MethodSource("whatTheManagerSays")
    void what_the_manager_says_is_judged(Consumer<FakeManager> state, String finding, String remedy) {
        state.accept(host);

        assertFound(doctor(), finding, remedy);
    }

    @Test
    void several_faults_are_counted() {
        host.docker("cannot connect");
        host.hasProblem("the bucket is gone");

        assertThat(doctor().out()).containsPattern("\n2 of \\d+ checks failed\n$");
    }

    @Test
    void a_manager_that_is_not_there_leaves_the_rest_to_be_looked_at() {
        server.close();

        var result = doctor();

        assertFound(
                result, "wrong    manager: cannot reach the manager at ", "start the agent, or give the right --host");
        assertThat(result.out())
                .contains("ok       store: ", "ok       docker: ")
                .containsPattern("wrong    ports: port \\d+ is taken, and not by an agent whose manager responds");
    }

    // ---- the token ----

    @ParameterizedTest
    @CsvSource({
        "--token=right, ok       token: is accepted, ''",
        "--token=other, wrong    token: is not accepted, --token-file with a copy of the agent's /state/api-token",
        "'', 'ok       token: none was given; calls that change something need the one in /state/api-token', ''"
    })
    void the_token_is_checked_without_being_sent(String option, String finding, String remedy) {
        host.wantsToken("right");
        host.agent(new AgentView("shop", "", "", "", "", "/state", "/state/api-token", Optional.empty(), List.of()));

        assertFound(option.isEmpty() ? doctor() : doctor(option), finding, remedy);
        assertThat(server.asked()).noneMatch(call -> call.contains("right") || call.contains("other"));
    }

    @ParameterizedTest
    @CsvSource({
        "rw-------, ok       token file: FILE is its owner's alone, ''",
        "rw-r--r--, warning  token file: FILE can be read by others, chmod 600 FILE"
    })
    void a_file_with_the_token_is_its_owners_alone(String permissions, String finding, String remedy)
            throws IOException {
        var file = Files.writeString(directory.resolve("token"), "right");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));

        assertFound(
                doctor("--token-file", file.toString()),
                finding.replace("FILE", file.toString()),
                remedy.replace("FILE", file.toString()));
    }

    // ---- the store ----

    @Test
    void a_store_that_is_not_there_is_wrong_if_it_was_given() {
        assertFound(
                doctor("-s", "file:" + directory + "/none"),
                "wrong    store: ",
                "create the directory, or give the right --s3bucket and --s3prefix");
    }

    @Test
    void the_store_of_the_agent_is_looked_at_if_none_was_given() {
        commands.with("WUNDERPROXY_S3BUCKET", "");
        assertFound(doctor(), "warning  store: not looked at", "give --s3bucket and --s3prefix");

        host.agent(new AgentView(
                "shop", "", "", "file:" + directory + "/store", "shop", "", "", Optional.empty(), List.of()));
        assertFound(doctor(), "ok       store: " + directory + "/store/shop/current.json is there", "");

        host.agent(new AgentView(
                "shop", "", "", "file:" + directory + "/none", "shop", "", "", Optional.empty(), List.of()));
        assertFound(doctor(), "warning  store: ", "create the directory");
    }

    @Test
    void what_lies_in_the_store_is_judged() throws IOException {
        var objects = directory.resolve("store/shop");
        var hash = ConfigHash.sha256(DOCUMENT).value();

        Files.delete(objects.resolve("container." + hash + ".json"));
        assertFound(
                doctor(),
                "warning  store: there is no " + objects + "/container." + hash + ".json",
                "wunderproxy config push, so that it can be launched");

        Files.delete(objects.resolve("current.json"));
        assertFound(
                doctor(),
                "warning  promotion: the last one was broken off",
                "the next deploy or rollback completes it");

        Files.writeString(objects.resolve("current.json"), "{\"Revision\": \"r2\"}");
        assertFound(doctor(), "wrong    store: ", "deploy a configuration that can be run");

        Files.delete(objects.resolve("current.json"));
        Files.delete(objects.resolve("history.json"));
        assertFound(
                doctor(), "ok       store: " + objects + "/current.json can be read, but nothing was promoted yet", "");
    }

    // ---- docker, registry, ports ----

    @Test
    void an_engine_that_is_too_old_silent_or_not_there_is_wrong() throws IOException {
        assertFound(
                doctor("--docker-host", "tcp://127.0.0.1:" + docker("19.03", "1.40")),
                "wrong    docker: Engine 19.03 is too old: it has the API 1.40",
                "the Docker Engine 20.10 or later");
        assertFound(
                doctor("--docker-host", "tcp://127.0.0.1:" + freePort()),
                "wrong    docker: does not respond at tcp://127.0.0.1:",
                "systemctl status docker");
        assertFound(
                doctor("--docker-host", "unix://" + directory + "/docker.sock"),
                "wrong    docker: there is no " + directory + "/docker.sock",
                "install and start Docker: systemctl start docker");
    }

    @Test
    void podman_numbers_itself_and_is_as_good() throws IOException {
        var podman = part(
                200,
                "{\"Version\": \"5.0\", \"ApiVersion\": \"1.41\", \"Components\": [{\"Name\": \"Podman Engine\"}]}");

        assertFound(
                doctor("--docker-host", "tcp://127.0.0.1:" + podman),
                "ok       docker: Podman 5.0 responds at tcp:",
                "");
    }

    @Test
    void a_registry_may_ask_for_a_login_and_must_be_one() throws IOException {
        assertFound(
                doctor("--registry-port", Integer.toString(part(401, "{}"))),
                "ok       registry: responds on port ",
                "");

        var other = part(500, "");
        assertFound(
                doctor("--registry-port", Integer.toString(other)),
                "wrong    registry: what listens on port " + other + " is none: it responded with 500",
                "ss -ltnp 'sport = :" + other + "' shows what it is; or give --registry-port");

        var nobody = freePort();
        assertFound(
                doctor("--registry-port", Integer.toString(nobody)),
                "warning  registry: nothing listens on port " + nobody + " of this machine",
                "start it, give --registry-port, or run the agent with --registry embedded");
    }

    @Test
    void the_proxys_port_is_listened_on_while_the_manager_responds_and_free_else() throws IOException {
        var free = freePort();

        assertFound(
                doctor("--proxy", "127.0.0.1:" + free),
                "wrong    ports: nothing listens on the proxy's port " + free,
                "give the --proxy of the agent");
        assertThat(doctor("--proxy", "unix:/run/proxy.sock").out()).doesNotContain(" ports: ");

        server.close();
        assertThat(doctor("--proxy", "127.0.0.1:" + free).out())
                .contains("ok       ports: the proxy's port " + free + " is free");
    }

    @Test
    void of_another_machine_neither_docker_nor_registry_nor_ports_are_looked_at() {
        // Nobody listens on port 1: what is behind an SSH server is elsewhere whether it is reached or not.
        var elsewhere = doctor("--via", "ssh://127.0.0.1:1");

        assertFound(elsewhere, "wrong    manager: ", "start the agent, or give the right --host");
        assertThat(elsewhere.out()).doesNotContain(" docker: ", " registry: ", " ports: ");
    }
}
