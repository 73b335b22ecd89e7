package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.Pace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * Everything at once for a while: requests, switches, clients that go away or are slow, backends that die. Afterwards
 * nothing is left of it. {@code -Dsoak.seconds} says how long; bench/soak is the long form.
 */
class SoakIT {
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("soak.seconds", 12));
    /** What a process may keep for itself after it has seen every kind of work. */
    private static final int SPARE_DESCRIPTORS = 12;

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private final AtomicBoolean ended = new AtomicBoolean();
    private Path temporary;
    private int tlsPort;
    private Agent agent;
    private Revision.Published current;
    private int revisions;

    @Test
    @Timeout(value = 7, unit = TimeUnit.DAYS) // It is as long as its option says.
    void nothing_is_left_of_a_busy_time() throws Exception {
        temporary = Files.createDirectory(host.directory().resolve("temporary"));
        var certificates = Certificates.in(host.directory().resolve("certificates"));
        tlsPort = Ports.free();
        agent = host.agent(
                        Map.of("JAVA_TOOL_OPTIONS", "-Xmx256m -XX:MaxDirectMemorySize=128m"),
                        "--temp-dir",
                        temporary.toString(),
                        "--drain-timeout",
                        "2s",
                        "--backend-idle-timeout",
                        "1s",
                        "--idle-timeout",
                        "5s",
                        "--body-timeout",
                        "3s",
                        "--tls",
                        "127.0.0.1:" + tlsPort,
                        "--tls-cert",
                        certificates.serverCertificate().toString(),
                        "--tls-key",
                        certificates.serverKey().toString(),
                        "--compression",
                        "zstd,gzip",
                        "--access-log",
                        host.directory().resolve("access.log").toString())
                .start()
                .awaitUp();
        deployNext();

        busyTime(LENGTH.dividedBy(2));
        var before = quietState();
        busyTime(LENGTH);
        var after = quietState();

        System.out.printf(
                "soak: %d requests; descriptors %d, then %d; resident MiB %d, then %d%n",
                agent.status().at("/Traffic/SinceStart/Requests").asLong(),
                before.descriptors(),
                after.descriptors(),
                before.residentMib(),
                after.residentMib());
        assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + SPARE_DESCRIPTORS);
        assertThat(after.residentMib()).isLessThanOrEqualTo(before.residentMib() * 5 / 4 + 40);
        assertThat(host.containerNames()).hasSize(1);
    }

    private void busyTime(Duration length) throws Exception {
        ended.set(false);
        var others = new ArrayList<Thread>();
        for (var i = 0; i < 4; i++) {
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::goAwayWithinADownload)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::goAwayWithinAnUpload)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::readSlowly)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::leaveAWebSocket)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::sendNonsense)));
        }
        others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::speakHttp2)));
        others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::leaveAStreamOverTls)));
        var end = System.nanoTime() + length.toNanos();
        List<Load.Exchange> failures;
        try (var load = Load.start(agent.proxyPort(), 8, 1)) {
            while (System.nanoTime() < end - length.toNanos() / 3) {
                deployNext();
            }
            load.end();
            failures = load.failures().stream()
                    // A download of five seconds is longer than these drains.
                    .filter(failure -> !failure.request().contains("/drip/"))
                    .toList();
        }
        assertThat(failures).as(agent::story).isEmpty();
        try (var load = Load.start(agent.proxyPort(), 8, 1)) {
            while (System.nanoTime() < end) {
                // It may be dead already: then it is started again.
                Command.of("docker", "--host", host.dockerHost(), "kill", current.revision());
                agent.awaitServing(current);
            }
        }
        ended.set(true);
        for (var thread : others) {
            thread.join();
        }
    }

    private void deployNext() {
        current = host.revision("r" + revisions++).publish();
        agent.deploy(current);
    }

    private interface Habit {
        void run() throws IOException, InterruptedException;
    }

    private void untilTheEnd(Habit habit) {
        while (!ended.get()) {
            try {
                habit.run();
                Pace.pause(Duration.ofMillis(ThreadLocalRandom.current().nextInt(20, 100)));
            } catch (IOException cut) {
                // The backend has died, or the proxy was faster.
            } catch (InterruptedException stop) {
                return;
            }
        }
    }

    private void goAwayWithinADownload() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /bytes/20000000 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            wire.readBytes(100_000);
        }
    }

    private void goAwayWithinAnUpload() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 3000000\r\n\r\n")
                    .send(new byte[1_000_000]);
        }
    }

    private void readSlowly() throws IOException, InterruptedException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /bytes/30000000 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            for (var i = 0; i < 10; i++) {
                wire.readBytes(500_000);
                Pace.pause(Duration.ofMillis(50));
            }
        }
    }

    private void leaveAWebSocket() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .readHead();
        }
    }

    private void speakHttp2() {
        var url = "https://127.0.0.1:" + tlsPort + "/bytes/20000";
        Command.of("h2load", "-n", "300", "-c", "3", "-m", "10", url);
    }

    private void leaveAStreamOverTls() {
        Command.of("curl", "-skN", "-m", "1", "-o", "/dev/null", "https://127.0.0.1:" + tlsPort + "/drip/5");
    }

    private void sendNonsense() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n").readHead();
        }
    }

    private record State(long descriptors, long residentMib) {}

    /** Waits until all that was open is closed, and looks at what the process has. */
    private State quietState() {
        var process = Path.of("/proc", String.valueOf(agent.process().pid()));
        await("requests, connections and leases to end").atMost(LONG).untilAsserted(() -> {
            var status = agent.status();
            assertThat(status.at("/Traffic/InFlight").asLong()).isZero();
            status.path("States").forEach(number -> assertThat(number.asLong()).isZero());
            status.at("/Traffic/Backend/Connections")
                    .forEach(number -> assertThat(number.asLong()).isZero());
            status.path("Deployments")
                    .forEach(deployment ->
                            assertThat(deployment.path("State").asText()).isIn("active", "gone"));
        });
        assertThat(temporary).isEmptyDirectory();
        await("temporary files to be closed").untilAsserted(() -> assertThat(descriptors(process))
                .noneMatch(target -> target.startsWith(temporary.toString())));
        try {
            var resident = Files.readString(process.resolve("status"))
                    .lines()
                    .filter(line -> line.startsWith("VmRSS:"))
                    .map(line -> line.replaceAll("[^0-9]", ""))
                    .findFirst()
                    .orElseThrow();
            return new State(descriptors(process).size(), Long.parseLong(resident) / 1024);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> descriptors(Path process) throws IOException {
        try (var open = Files.list(process.resolve("fd"))) {
            return open.map(descriptor -> {
                        try {
                            return Files.readSymbolicLink(descriptor).toString();
                        } catch (IOException closedMeanwhile) {
                            return "";
                        }
                    })
                    .toList();
        }
    }
}
