package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.Pace;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Everything at once for a while: requests on kept and new connections, pipelined ones, uploads, WebSockets, switches, clients that go
 * away or are slow, backends that die. Nothing fails that must not, and afterwards nothing is left of it. {@code -Dsoak.seconds} says how
 * long, {@code -Dsoak.lane} on which lane; bench/soak is the long form.
 */
class SoakIT {
    private static final Duration LENGTH = Duration.ofSeconds(Long.getLong("soak.seconds", 8));
    /** How long the program sees every kind of work before it is looked at for the first time. */
    private static final Duration WARM_UP =
            LENGTH.compareTo(Duration.ofSeconds(30)) < 0 ? Duration.ofSeconds(6) : LENGTH.dividedBy(5);
    /** What a process may keep for itself after that. */
    private static final int SPARE_DESCRIPTORS = 12;

    private static final int SPARE_THREADS = 6;
    private static final int PIPELINED = 20;

    /** How plain requests are forwarded. A proxy that compresses leaves all to the general lane. */
    enum Lane {
        LEAN,
        GENERAL
    }

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private final AtomicBoolean ended = new AtomicBoolean();
    private final AtomicBoolean backendsDie = new AtomicBoolean();
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder strictRequests = new LongAdder();
    private Path temporary;
    private int tlsPort;
    private Agent agent;
    private Revision.Published current;
    private int revisions;

    static List<Lane> lanes() {
        return Stream.of(Lane.values())
                .filter(lane -> Set.of("both", lane.name().toLowerCase(Locale.ROOT))
                        .contains(System.getProperty("soak.lane", "both")))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("lanes")
    @Timeout(value = 7, unit = TimeUnit.DAYS) // It is as long as its option says.
    void nothing_is_left_of_a_busy_time(Lane lane) throws Exception {
        temporary = Files.createDirectory(host.directory().resolve("temporary"));
        var certificates = Certificates.in(host.directory().resolve("certificates"));
        tlsPort = Ports.free();
        var options = Stream.of(
                "--temp-dir",
                temporary.toString(),
                "--drain-timeout",
                "30s",
                "--backend-idle-timeout",
                "1s",
                "--idle-timeout",
                "5s",
                "--body-timeout",
                "30s",
                "--tls",
                "127.0.0.1:" + tlsPort,
                "--tls-cert",
                certificates.serverCertificate().toString(),
                "--tls-key",
                certificates.serverKey().toString(),
                "--access-log",
                host.directory().resolve("access.log").toString());
        var compression = lane == Lane.GENERAL ? Stream.of("--compression", "zstd,gzip") : Stream.<String>empty();
        agent = host.agent(
                        // Direct memory that the JVM counts itself can be asked for from outside.
                        Map.of(
                                "JAVA_TOOL_OPTIONS",
                                "-Xmx256m -XX:MaxDirectMemorySize=128m -Dio.netty.maxDirectMemory=0"),
                        Stream.concat(options, compression).toArray(String[]::new))
                .start()
                .awaitUp();
        deployNext();

        // The first look starts threads in it that stay.
        quietState();
        busyTime(WARM_UP);
        var before = quietState();
        busyTime(LENGTH);
        var after = quietState();

        System.out.printf(
                "soak, %s lane: %d requests, %d of them on new connections, pipelined or in pieces%n  before: %s%n  after:  %s%n",
                lane.name().toLowerCase(Locale.ROOT),
                agent.status().at("/Traffic/SinceStart/Requests").asLong(),
                strictRequests.sum(),
                before,
                after);
        assertThat(after.descriptors()).isLessThanOrEqualTo(before.descriptors() + SPARE_DESCRIPTORS);
        assertThat(after.threads()).isLessThanOrEqualTo(before.threads() + SPARE_THREADS);
        assertThat(after.residentMib()).isLessThanOrEqualTo(before.residentMib() * 5 / 4 + 40);
        assertThat(after.heapMib()).isLessThanOrEqualTo(before.heapMib() * 5 / 4 + 8);
        assertThat(after.directMib()).isLessThanOrEqualTo(before.directMib() * 5 / 4 + 8);
        assertThat(host.containerNames()).hasSize(1);
    }

    private void busyTime(Duration length) throws Exception {
        ended.set(false);
        var others = new ArrayList<Thread>();
        for (var i = 0; i < 4; i++) {
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::goAwayWithinADownload)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::goAwayWithinAnUpload)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::goAwayWithoutAResponse)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::readSlowly)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::leaveAWebSocket)));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::sendNonsense)));
        }
        others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::speakHttp2)));
        others.add(Thread.ofVirtual().start(() -> untilTheEnd(this::leaveAStreamOverTls)));
        for (var i = 0; i < 2; i++) {
            others.add(
                    Thread.ofVirtual().start(() -> untilTheEnd(() -> strictly("new connection", this::connectAnew))));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(() -> strictly("pipeline", this::pipeline))));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(() -> strictly("upload", this::upload))));
            others.add(Thread.ofVirtual().start(() -> untilTheEnd(() -> strictly("pieces", this::sendInPieces))));
            others.add(
                    Thread.ofVirtual().start(() -> untilTheEnd(() -> strictly("WebSocket", this::echoOnAWebSocket))));
        }
        var end = System.nanoTime() + length.toNanos();
        try (var load = Load.start(agent.proxyPort(), 8, 1)) {
            while (System.nanoTime() < end - length.toNanos() / 3) {
                deployNext();
                keepFailuresOf(load);
                assertThat(failures).as(agent::story).isEmpty();
            }
            load.end();
            keepFailuresOf(load);
        }
        backendsDie.set(true);
        try (var load = Load.start(agent.proxyPort(), 8, 1)) {
            while (System.nanoTime() < end) {
                // It may be dead already: then it is started again.
                Command.of("docker", "--host", host.dockerHost(), "kill", current.revision());
                agent.awaitServing(current);
                load.take();
            }
        }
        ended.set(true);
        for (var thread : others) {
            thread.join();
        }
        backendsDie.set(false);
        assertThat(failures).as(agent::story).isEmpty();
    }

    private void keepFailuresOf(Load load) {
        load.take().stream()
                .filter(exchange -> !exchange.failure().isEmpty())
                .map(Load.Exchange::toString)
                .forEach(failures::add);
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

    /** Does what must not fail as long as no backend dies. */
    private void strictly(String name, Habit habit) throws InterruptedException {
        try {
            habit.run();
        } catch (IOException | RuntimeException failure) {
            if (!backendsDie.get()) {
                failures.add(name + ": " + failure);
            }
        }
    }

    private void check(Wire wire, int length) throws IOException {
        var head = wire.readHead();
        var body = wire.readBody(head);
        if (head.status() != 200 || body.length != length) {
            throw new IOException("status " + head.status() + ", " + body.length + " of " + length + " bytes");
        }
        strictRequests.increment();
    }

    private void connectAnew() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /bytes/3000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            check(wire, 3_000);
            wire.awaitClosed();
        }
    }

    private void pipeline() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            var requests = new StringBuilder();
            for (var i = 0; i < PIPELINED; i++) {
                requests.append("GET /bytes/").append(100 * i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            wire.send(requests.toString());
            for (var i = 0; i < PIPELINED; i++) {
                check(wire, 100 * i);
            }
        }
    }

    private void upload() throws IOException {
        var body = Load.alphabets(400_000);
        var expected = body.length + " " + Load.fnv1a(body);
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .send(body);
            check(wire, expected.length() + 1);
            wire.send("POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
                    .send(Integer.toHexString(body.length) + "\r\n")
                    .send(body)
                    .send("\r\n0\r\n\r\n");
            check(wire, expected.length() + 1);
        }
    }

    private void sendInPieces() throws IOException, InterruptedException {
        var request = "GET /bytes/500 HTTP/1.1\r\nHost: a\r\nX-Filler: 0123456789\r\n\r\n";
        var cut = ThreadLocalRandom.current().nextInt(1, request.length());
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send(request.substring(0, cut));
            Pace.pause(Duration.ofMillis(5));
            wire.send(request.substring(cut));
            check(wire, 500);
        }
    }

    private void echoOnAWebSocket() throws IOException {
        try (var wire = openWebSocket()) {
            // A masked text frame, "abc", with a mask of zeros; it comes back without one.
            wire.send(new byte[] {(byte) 0x81, (byte) 0x83, 0, 0, 0, 0, 'a', 'b', 'c'});
            var echo = new String(wire.readBytes(5), StandardCharsets.ISO_8859_1);
            if (!echo.endsWith("abc")) {
                throw new IOException("the echo is wrong: " + echo);
            }
        }
    }

    private Wire openWebSocket() throws IOException {
        var wire = new Wire(agent.proxyPort());
        var head = wire.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                .readHead();
        if (head.status() != 101) {
            wire.close();
            throw new IOException("status " + head.status());
        }
        return wire;
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

    private void goAwayWithoutAResponse() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /wait/1 HTTP/1.1\r\nHost: a\r\n\r\n");
            wire.abort();
        }
    }

    private void leaveAWebSocket() throws IOException {
        openWebSocket().close();
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

    /** What the process has; heap, after a collection, and direct memory are those of a JVM, and 0 for the binary. */
    private record State(long descriptors, long threads, long residentMib, long heapMib, long directMib) {}

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
            var descriptors = descriptors(process).size();
            var threads = number(process, "Threads:");
            var resident = number(process, "VmRSS:") / 1024;
            if (!Host.command().getFirst().endsWith("java")) {
                return new State(descriptors, threads, resident, 0, 0);
            }
            try (var jvm = new Jvm(agent.process().pid())) {
                return new State(
                        descriptors, threads, resident, jvm.heapAfterCollection() >> 20, jvm.directMemory() >> 20);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long number(Path process, String name) throws IOException {
        return Files.readString(process.resolve("status"))
                .lines()
                .filter(line -> line.startsWith(name))
                .mapToLong(line -> Long.parseLong(line.replaceAll("[^0-9]", "")))
                .findFirst()
                .orElseThrow();
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
