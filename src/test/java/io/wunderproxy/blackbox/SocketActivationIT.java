package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.CodeBlock;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Sockets that listen before the agent runs, opened by systemd's own program for that. */
class SocketActivationIT {
    private static final String REQUEST = "GET /revision HTTP/1.1\r\nHost: a\r\n\r\n";

    /** Runs the agent twice with the same sockets, as a service manager does that restarts it. */
    private static final String TWICE = """
            for run in 1 2; do
              (export LISTEN_PID=$BASHPID; exec "$@")
            done
            """;

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    /** The agent behind sockets at these addresses, with these options. */
    private ServerProcess activated(List<String> addresses, List<String> before, String... options) {
        var words = new ArrayList<>(List.of("systemd-socket-activate"));
        addresses.forEach(address -> words.addAll(List.of("-l", address)));
        words.addAll(before);
        words.addAll(Host.command());
        words.add("run");
        words.addAll(List.of(options));
        words.addAll(List.of("--api", "127.0.0.1:" + Ports.free()));
        words.addAll(List.of("--registry-port", String.valueOf(host.registryPort())));
        words.addAll(List.of("--state-dir", host.stateDirectory().toString()));
        words.addAll(List.of("--docker-host", host.dockerHost()));
        words.addAll(List.of("--drain-timeout", "1s"));
        words.addAll(List.of(host.bucket(), Host.PREFIX, host.app()));
        var process = new ServerProcess("the agent", words, Map.of(), log());
        host.closeLater((AutoCloseable) () -> {
            var agents = ProcessHandle.of(process.pid()).stream()
                    .flatMap(ProcessHandle::descendants)
                    .toList();
            process.close();
            agents.forEach(ProcessHandle::destroyForcibly);
        });
        return process;
    }

    private Path log() {
        return host.directory().resolve("activated.log");
    }

    private static Wire connectSoon(int port) {
        return await().ignoreExceptions().until(() -> new Wire(port), wire -> true);
    }

    /** Whether a request on this connection got a response, of the application or of an agent that has none yet. */
    private static int responseTo(Wire wire) throws IOException {
        var head = wire.send(REQUEST).readHead();
        wire.readBody(head);
        return head.status();
    }

    @Test
    void connections_wait_for_the_agent_and_while_it_is_restarted() throws Exception {
        var blue = host.revision("blue").publish();
        host.store().putCurrent(blue.json());
        var certificates = Certificates.in(host.directory().resolve("tls"));
        int plain = Ports.free();
        int tls = Ports.free();
        var process = activated(
                List.of("127.0.0.1:" + plain, "[::1]:" + tls),
                List.of("bash", "-c", TWICE, "bash"),
                "--proxy",
                "127.0.0.1:" + plain,
                "--tls",
                "[::1]:" + tls,
                "--tls-cert",
                certificates.serverCertificate().toString(),
                "--tls-key",
                certificates.serverKey().toString());

        try (var first = connectSoon(plain);
                var second = new Wire(plain)) {
            assertThat(responseTo(first)).isIn(200, 503);
            assertThat(responseTo(second)).isIn(200, 503);
        }
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(Command.run("curl", "-sk", "https://[::1]:" + tls + "/revision"))
                        .isEqualTo(blue.revision()));

        var statuses = new ArrayList<Integer>();
        var enough = new AtomicBoolean();
        var begun = new CountDownLatch(1);
        var client = CompletableFuture.runAsync(() -> {
            while (!enough.get()) {
                try (var wire = new Wire(plain)) {
                    statuses.add(responseTo(wire));
                } catch (IOException lost) {
                    throw new AssertionError("a request was lost", lost);
                }
                begun.countDown();
            }
        });
        assertThat(begun.await(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
        var agent = ProcessHandle.of(process.pid())
                .orElseThrow()
                .children()
                .findFirst()
                .orElseThrow();
        agent.destroy();
        await().atMost(LONG)
                .until(() -> client.isDone()
                        || !agent.isAlive() && Files.readString(log()).split("manager listening on", -1).length == 3);
        enough.set(true);
        client.get(LONG.toSeconds(), TimeUnit.SECONDS);

        assertThat(statuses).isNotEmpty().allMatch(status -> status == 200 || status == 503);
    }

    @Test
    void a_unix_socket_keeps_its_file_when_the_agent_ends() throws Exception {
        var file = host.directory().resolve("proxy.sock");
        var process = activated(List.of(file.toString()), List.of(), "--proxy", "unix:" + file);
        await().until(() -> Files.exists(file));

        assertThat(Command.run(
                        "curl",
                        "-s",
                        "-o",
                        "/dev/null",
                        "-w",
                        "%{http_code}",
                        "--unix-socket",
                        file.toString(),
                        "http://a/"))
                .isIn("404", "503");

        // Whoever takes the place of the agent does not take the file for its own either.
        var report = new CommandLine(host.directory(), Map.of())
                .run("reload --json --process " + process.pid())
                .orFail()
                .json();
        var successor = ProcessHandle.of(report.path("ProcessId").asLong()).orElseThrow();
        process.awaitExit(LONG);
        assertThat(file).exists();
        successor.destroy();
        successor.onExit().get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(file).exists();
    }

    @Test
    void a_socket_at_another_address_ends_the_start_with_a_word_that_names_it() throws IOException {
        int ours = Ports.free();
        int other = Ports.free();
        var process =
                activated(List.of("127.0.0.1:" + ours, "[::1]:" + other), List.of(), "--proxy", "127.0.0.1:" + ours);
        connectSoon(ours).close();

        assertThat(process.awaitExit(LONG)).isEqualTo(1);
        assertThat(process.log())
                .contains("the service manager listens at [::1]:" + other + " for this agent")
                .contains("correct ListenStream= of the socket unit")
                .doesNotContain("\tat ");
    }

    @Test
    void the_unit_of_the_page_is_one_that_systemd_understands() {
        var unit = CodeBlock.of(Path.of("docs/install.md")).stream()
                .filter(block -> block.text().contains("[Socket]"))
                .findFirst()
                .orElseThrow();
        host.file("wunderproxy.service", "[Service]\nExecStart=/bin/true\n");

        assertThat(Command.run(
                        "systemd-analyze",
                        "verify",
                        host.file("wunderproxy.socket", unit.text()).toString()))
                .isEmpty();
    }
}
