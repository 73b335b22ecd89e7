package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The command line and its twin, the environment. */
class OptionsIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore().behindDockerGate();

    @Test
    void help_shows_every_option_with_its_default() {
        var help = wunderproxy("run", "--help");

        assertThat(help.exitCode()).isZero();
        assertThat(help.output())
                .contains("--proxy", "0.0.0.0:80", "--api", "0.0.0.0:8001", "--registry-port", "8080", "--cfg")
                .contains("--docker-host", "--state-dir", "/var/lib/wunderproxy", "--drain-timeout", "30s")
                .contains("--launch-timeout", "5m", "--health-interval", "--stop-timeout", "--api-auth")
                .contains("--api-token-file");
    }

    @Test
    void version_is_shown() {
        var version = wunderproxy("--version");

        assertThat(version.exitCode()).isZero();
        assertThat(version.output())
                .matches("wunderproxy \\Q%s\\E \\(commit ([0-9a-f]{7,}(-dirty)?|unknown), (native, |JVM )\\S.*\\)\\s*"
                        .formatted(System.getProperty("wunderproxy.version")));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "run",
                "run bucket",
                "run bucket prefix",
                "run bucket prefix app extra",
                "run --no-such-option bucket prefix app",
                "run --proxy nonsense bucket prefix app",
                "run --proxy 127.0.0.1:99999 bucket prefix app",
                "run --api 127.0.0.1:http bucket prefix app",
                "run --registry-port 0x50 bucket prefix app",
                "run --registry-port 70000 bucket prefix app",
                "run --drain-timeout soon bucket prefix app",
                "run --drain-timeout -5s bucket prefix app",
                "run --launch-timeout 5x bucket prefix app",
                "run --health-interval 0s bucket prefix app",
                "run --stop-timeout ten bucket prefix app",
                "run --head-timeout 0s bucket prefix app",
                "run --api-auth maybe bucket prefix app",
                "run --docker-host nonsense bucket prefix app",
                "run --cfg /no/such/file bucket prefix app",
                "run bucket prefix Not/An/App",
                "no-such-command"
            })
    void what_cannot_be_meant_ends_with_2_and_a_line_that_says_so(String words) {
        var result = wunderproxy(words.split(" "));

        assertThat(result.exitCode()).as(result.output()).isEqualTo(2);
        assertThat(result.output().strip().lines())
                .as("what is wrong, and where to read on")
                .hasSizeBetween(1, 3);
    }

    @Test
    void a_file_of_static_variables_with_a_line_that_is_none_is_refused_without_showing_it() {
        var cfg = host.file("bad.cfg", "GOOD=1\nhunter-two\n");

        var result = wunderproxy("run", "--cfg", cfg.toString(), "bucket", "prefix", "app");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).contains("bad.cfg").doesNotContain("hunter-two");
    }

    @ParameterizedTest
    @ValueSource(strings = {"--api", "--proxy"})
    void an_address_that_is_taken_is_named_in_one_sentence(String option) throws IOException {
        try (var taken = new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1"))) {
            var address = "127.0.0.1:" + taken.getLocalPort();
            var agent = host.agent(Map.of(), option, address).start();

            assertThat(agent.process().awaitExit(LONG)).isNotZero();
            assertThat(agent.log()).contains(address).doesNotContain("\tat ", "Exception", "error(");
            assertThat(agent.log().lines().filter(line -> line.contains(address)))
                    .as(agent.log())
                    .hasSize(1);
        }
    }

    @Test
    void port_0_takes_a_free_port_and_the_log_tells_which() {
        var agent = host.agent(Map.of(), "--proxy", "127.0.0.1:0", "--api", "127.0.0.1:0")
                .start();

        await().atMost(LONG).untilAsserted(() -> assertThat(agent.log())
                .containsPattern("proxy listening on 127\\.0\\.0\\.1:[1-9]\\d*")
                .containsPattern("manager listening on 127\\.0\\.0\\.1:[1-9]\\d*"));

        var port = Pattern.compile("proxy listening on 127\\.0\\.0\\.1:(\\d+)").matcher(agent.log());
        assertThat(port.find()).isTrue();
        assertThat(Command.run(
                        "curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "http://127.0.0.1:" + port.group(1)))
                .isIn("404", "503");
    }

    @Test
    void both_listen_on_unix_sockets_when_asked() {
        var blue = host.revision("blue").publish();
        var api = host.directory().resolve("api.sock");
        var proxy = host.directory().resolve("proxy.sock");
        var agent = host.agent(Map.of(), "--api", "unix:" + api, "--proxy", "unix:" + proxy)
                .start();
        await().atMost(LONG)
                .until(() -> Command.of("curl", "-sf", "--unix-socket", api.toString(), "http://api/status")
                                .exitCode()
                        == 0);
        var authorization = "Authorization: Bearer " + agent.token();

        for (var path : List.of("launch", "switch")) {
            Command.run(
                    "curl",
                    "-sf",
                    "--unix-socket",
                    api.toString(),
                    "-H",
                    authorization,
                    "-d",
                    blue.hash(),
                    "http://api/" + path);
        }

        assertThat(Command.run("curl", "-sf", "--unix-socket", proxy.toString(), "http://shop/revision"))
                .isEqualTo(blue.revision());
    }

    @Test
    void a_unix_socket_that_a_killed_agent_left_behind_is_no_obstacle() {
        var proxy = host.directory().resolve("proxy.sock");
        var agent = host.startAgent("--proxy", "unix:" + proxy);
        agent.kill();
        assertThat(proxy).exists();

        agent.restart();

        await().until(() -> Command.of("curl", "-s", "--unix-socket", proxy.toString(), "http://shop/")
                        .exitCode()
                == 0);
    }

    @Test
    void every_option_is_read_from_the_environment() throws IOException {
        int proxyPort = Ports.free();
        int apiPort = Ports.free();
        var cfg = host.file("static.cfg", "GREETING=hello\n");
        var token = host.file("token", "a-token-of-my-own-choosing-0123456789\n");
        var variables = Map.ofEntries(
                Map.entry("WUNDERPROXY_PROXY", "127.0.0.1:" + proxyPort),
                Map.entry("WUNDERPROXY_API", "127.0.0.1:" + apiPort),
                Map.entry("WUNDERPROXY_REGISTRY_PORT", String.valueOf(host.registryPort())),
                Map.entry("WUNDERPROXY_CFG", cfg.toString()),
                Map.entry("WUNDERPROXY_DOCKER_HOST", host.dockerHost()),
                Map.entry("WUNDERPROXY_STATE_DIR", host.stateDirectory().toString()),
                Map.entry("WUNDERPROXY_DRAIN_TIMEOUT", "1s"),
                Map.entry("WUNDERPROXY_LAUNCH_TIMEOUT", "2s"),
                Map.entry("WUNDERPROXY_HEALTH_INTERVAL", "1s"),
                Map.entry("WUNDERPROXY_STOP_TIMEOUT", "1s"),
                Map.entry("WUNDERPROXY_API_AUTH", "token"),
                Map.entry("WUNDERPROXY_API_TOKEN_FILE", token.toString()));
        var words = new ArrayList<>(Host.command());
        words.addAll(List.of("run", host.bucket(), Host.PREFIX, host.app()));
        var log = host.directory().resolve("environment.log");
        var agent = host.closeLater(new Agent(words, variables, log, token, proxyPort, apiPort))
                .start()
                .awaitUp();
        var blue = host.revision("blue").env("IGNORE_TERM", "1").publish();
        var green = host.revision("green").publish();

        agent.deploy(blue);
        assertThat(host.containers().getFirst().environment()).contains("GREETING=hello");
        assertThat(host.stateDirectory()).isNotEmptyDirectory();
        assertThat(host.dockerGate().seen()).anyMatch(DockerCall.START);
        assertThat(agent.launch(host.revision("late").env("START_DELAY", "60").publish())
                        .status())
                .isEqualTo(504);
        try (var stream = new Wire(proxyPort)) {
            stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            agent.deploy(green);

            await("drain and stop time-outs of a second each")
                    .atMost(Duration.ofSeconds(8))
                    .untilAsserted(() -> assertThat(host.containerNames()).containsExactly(green.revision()));
        }
    }

    @ParameterizedTest
    @CsvSource({"WUNDERPROXY_API_AUTH, maybe", "WUNDERPROXY_HEALTH_INTERVAL, soon"})
    void nonsense_in_the_environment_is_refused_by_name(String variable, String nonsense) {
        var words = new ArrayList<>(List.of("env", variable + "=" + nonsense));
        words.addAll(Host.command());
        words.addAll(List.of("run", host.bucket(), Host.PREFIX, host.app()));

        var result = Command.of(InputStream.nullInputStream(), words);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.output()).contains(nonsense);
    }

    @Test
    void an_option_of_the_command_line_outranks_the_environment() {
        var agent = host.agent(Map.of("WUNDERPROXY_REGISTRY_PORT", "1", "WUNDERPROXY_PROXY", "127.0.0.1:1"))
                .start()
                .awaitUp();
        var blue = host.revision("blue").publish();

        agent.deploy(blue);

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void the_state_directory_is_named_after_the_application_by_default() throws IOException {
        var state = Path.of("/var/lib/wunderproxy", host.app());
        int api = Ports.free();
        var words = new ArrayList<>(Host.command());
        words.addAll(List.of("run", "--proxy", "127.0.0.1:0", "--api", "127.0.0.1:" + api));
        words.addAll(List.of(host.bucket(), Host.PREFIX, host.app()));
        var process =
                new ServerProcess("agent", words, Map.of(), host.directory().resolve("out.log"));
        try {
            await().atMost(LONG).until(() -> Files.exists(state.resolve("api-token")));
        } finally {
            process.close();
            new Directory(state).close();
        }
    }

    private static Command wunderproxy(String... words) {
        var all = new ArrayList<>(Host.command());
        all.addAll(List.of(words));
        return Command.of(InputStream.nullInputStream(), all);
    }
}
