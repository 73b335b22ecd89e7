package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.blackbox.Load.Exchange;
import io.wunderproxy.testkit.Pace;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/**
 * The agent is replaced again and again, by itself, with other options, by successors that are no good, with clients of all kinds
 * connected. None of them notices. As long as {@code replace.times} and {@code replace.requests} say.
 */
class ReplacementLoadIT {

    private static final int TIMES = Integer.getInteger("replace.times", 6);
    private static final long REQUESTS = Long.getLong("replace.requests", 1_000);

    /** The clients keep a connection for that many requests. */
    private static final int KEPT = 200;

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder requests = new LongAdder();
    private final AtomicBoolean over = new AtomicBoolean();
    private final TreeMap<Long, String> serving = new TreeMap<>();
    private final List<String> program = Host.command();
    private Path link;
    private Path settings;
    private SSLContext trust;
    private int tlsPort;
    private Agent agent;
    private int revisions;

    /** What is done to have the agent replaced. */
    private interface Attempt {
        void make() throws IOException;
    }

    private interface Habit {
        void run() throws Exception;
    }

    @BeforeEach
    void start() throws Exception {
        var certificates = Certificates.in(host.directory().resolve("certificates"));
        trust = trusting(certificates.authority());
        tlsPort = Ports.free();
        settings = host.file("settings", "stop-timeout=10s\n");
        var words = new ArrayList<>(program);
        if (isBinary()) {
            link = host.directory().resolve("wunderproxy");
            lies(Path.of(program.getFirst()).toRealPath());
            words.set(0, link.toString());
        }
        agent = host.agent(
                        words,
                        Map.of(),
                        "--settings",
                        settings.toString(),
                        "--drain-timeout",
                        "60s",
                        "--tls",
                        "127.0.0.1:" + tlsPort,
                        "--tls-cert",
                        certificates.serverCertificate().toString(),
                        "--tls-key",
                        certificates.serverKey().toString(),
                        "--access-log",
                        "off")
                .start()
                .awaitUp();
        deployNext();
    }

    private boolean isBinary() {
        return !program.getFirst().endsWith("java");
    }

    @Test
    void nobody_notices_that_the_agent_is_replaced_again_and_again() throws Exception {
        var clients = new ArrayList<Thread>();
        for (var i = 0; i < 2; i++) {
            clients.add(untilTheEnd("new connection", this::connectAnew));
            clients.add(untilTheEnd("WebSocket", this::talkOnAWebSocket));
            clients.add(untilTheEnd("TLS", () -> overTls(HttpClient.Version.HTTP_1_1)));
            clients.add(untilTheEnd("HTTP/2", () -> overTls(HttpClient.Version.HTTP_2)));
            clients.add(untilTheEnd("stream", this::followAStream));
        }
        var attempts = attempts();
        var replaced = 0;
        try (var load = Load.start(agent.proxyPort(), 16, 2)) {
            for (var i = 0; i < TIMES || requests.sum() < REQUESTS; i++) {
                if (replaced < TIMES) {
                    attempts.get(i % attempts.size()).make();
                    replaced++;
                    if (i % 3 == 1) {
                        deployNext();
                    }
                } else {
                    Pace.pause(Duration.ofMillis(100));
                }
                keep(load.take());
                assertThat(failures).as(agent::story).isEmpty();
            }
            over.set(true);
            for (var client : clients) {
                client.join();
            }
            load.end();
            keep(load.take());
        }
        assertThat(failures).as(agent::story).isEmpty();
        System.out.printf(
                "%d requests, %d replacements asked for, %d revisions%n", requests.sum(), replaced, revisions);
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(host.containerNames()).hasSize(1));
    }

    private void keep(List<Exchange> exchanges) {
        for (var exchange : exchanges) {
            requests.increment();
            var atLeast = serving.floorEntry(exchange.began()).getValue();
            if (!exchange.failure().isEmpty()) {
                failures.add(exchange.toString());
            } else if (number(exchange.revision()) < number(atLeast)) {
                failures.add("stale: " + exchange + ", " + atLeast + " was active");
            }
        }
    }

    private static int number(String revision) {
        return Integer.parseInt(revision.replaceFirst("^r(\\d+).*", "$1"));
    }

    private void deployNext() {
        var next = host.revision("r" + revisions++).publish();
        agent.deploy(next);
        serving.put(System.nanoTime(), next.revision());
    }

    private List<Attempt> attempts() {
        var attempts = new ArrayList<Attempt>(List.of(agent::replace, this::otherOptions));
        if (isBinary()) {
            attempts.addAll(List.of(
                    () -> inVain("exit 1"),
                    () -> inVain("case $* in *--check*) exit 0;; esac; exit 1"),
                    () -> inVain("case $* in *--check*) exit 0;; esac; (sleep 0.1; kill -9 $$) & exec " + binary()
                            + " \"$@\""),
                    this::anotherProgram));
        }
        return attempts;
    }

    private String binary() {
        return Path.of(program.getFirst()).toAbsolutePath().toString();
    }

    private void otherOptions() throws IOException {
        Files.writeString(settings, "stop-timeout=" + (10 + serving.size()) + "s\n");
        agent.replace();
    }

    /** Another version differs by its file. */
    private void anotherProgram() throws IOException {
        var copy = host.directory().resolve("wunderproxy-next");
        Files.deleteIfExists(copy);
        Files.copy(Path.of(binary()), copy);
        lies(copy);
        agent.replace();
        lies(Path.of(binary()));
    }

    /** A successor that is killed soon may have been quick enough. */
    private void inVain(String script) throws IOException {
        var file = host.directory().resolve("no-good");
        Files.deleteIfExists(file);
        Files.createFile(file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwxr-xr-x")));
        Files.writeString(file, "#!/bin/sh\n" + script + "\n");
        lies(file);
        assertThat(agent.reload().status()).as(agent::story).isEqualTo(409);
        lies(Path.of(binary()));
    }

    private void lies(Path target) throws IOException {
        Files.deleteIfExists(link);
        Files.createSymbolicLink(link, target);
    }

    private Thread untilTheEnd(String name, Habit habit) {
        return Thread.ofVirtual().start(() -> {
            while (!over.get()) {
                try {
                    habit.run();
                } catch (Exception failure) {
                    failures.add(name + ": " + failure);
                }
            }
        });
    }

    private void connectAnew() throws IOException {
        try (var wire = new Wire(agent.proxyPort())) {
            wire.send("GET /bytes/3000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            var head = wire.readHead();
            check(head.status() == 200 && wire.readBody(head).length == 3000, "status " + head.status());
        }
    }

    private void talkOnAWebSocket() throws IOException, InterruptedException {
        try (var wire = new Wire(agent.proxyPort())) {
            var head = wire.send("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
                    .readHead();
            check(head.status() == 101, "status " + head.status());
            for (var i = 0; i < 20; i++) {
                wire.send(new byte[] {(byte) 0x81, (byte) 0x83, 0, 0, 0, 0, 'a', 'b', 'c'});
                var echo = new String(wire.readBytes(5), StandardCharsets.ISO_8859_1);
                check(echo.endsWith("abc"), "echo " + echo);
                Pace.pause(Duration.ofMillis(100));
            }
        }
    }

    private void overTls(HttpClient.Version version) throws IOException, InterruptedException {
        try (var client = client(version)) {
            for (var i = 0; i < KEPT && !over.get(); i++) {
                var response = client.send(request("/bytes/1024"), BodyHandlers.ofByteArray());
                check(
                        response.statusCode() == 200 && response.body().length == 1024,
                        version + " status " + response.statusCode());
                check(response.version() == version, "spoke " + response.version());
            }
        }
    }

    /** An HTTP/2 stream that is open for two seconds, as those of gRPC are. */
    private void followAStream() throws IOException, InterruptedException {
        try (var client = client(HttpClient.Version.HTTP_2)) {
            var response = client.send(request("/drip/2"), BodyHandlers.ofInputStream());
            try (InputStream body = response.body()) {
                var text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                check(text.endsWith("drop 20 of 20\nend\n"), "the stream ended early");
            }
        }
    }

    private HttpClient client(HttpClient.Version version) {
        return HttpClient.newBuilder().version(version).sslContext(trust).build();
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("https://127.0.0.1:" + tlsPort + path))
                .timeout(LONG)
                .build();
    }

    private void check(boolean right, String problem) throws IOException {
        requests.increment();
        if (!right) {
            throw new IOException(problem);
        }
    }

    private static SSLContext trusting(Path authority) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (var file = Files.newInputStream(authority)) {
            store.setCertificateEntry(
                    "authority", CertificateFactory.getInstance("X.509").generateCertificate(file));
        }
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trusted.getTrustManagers(), null);
        return context;
    }
}
