package io.wunderproxy.blackbox;

import io.wunderproxy.blackbox.Load.Exchange;
import io.wunderproxy.testkit.Pace;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Clients of every kind, for as long as an agent is replaced under them: on kept and on new connections, with HTTP/1.1, HTTP/2 and
 * TLS, with WebSockets, streams and downloads. Whatever does not go as it would without a replacement is a failure, and so is a
 * response of a revision that is older than one seen before its request began.
 */
final class ReplacementLoad implements AutoCloseable {
    /** So many requests a client sends on one connection. */
    private static final int KEPT = 200;

    private static final int MOST_SHOWN = 20;
    private static final Duration LONGEST = Duration.ofSeconds(60);

    private final String address;
    private final int port;
    private final int tlsPort;
    private final SSLContext trust;
    private final Load plain;
    private final Queue<String> failures = new ConcurrentLinkedQueue<>();
    private final LongAdder requests = new LongAdder();
    private final TreeMap<Long, Integer> seen = new TreeMap<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean over;

    private interface Habit {
        void run() throws Exception;
    }

    /** @param authority the certificate that signed the one of the TLS port */
    ReplacementLoad(String address, int port, int tlsPort, Path authority) throws Exception {
        this.address = address;
        this.port = port;
        this.tlsPort = tlsPort;
        trust = trusting(authority);
        seen.put(Long.MIN_VALUE, 0);
        for (var i = 0; i < 2; i++) {
            untilTheEnd("new connection", this::connectAnew);
            untilTheEnd("WebSocket", this::talkOnAWebSocket);
            untilTheEnd("TLS", () -> overTls(HttpClient.Version.HTTP_1_1));
            untilTheEnd("HTTP/2", () -> overTls(HttpClient.Version.HTTP_2));
            untilTheEnd("stream", this::followAStream);
        }
        plain = Load.start(address, port, 24, 2);
    }

    /** Requests whose end was seen. */
    long requests() {
        return requests.sum();
    }

    /** Looks at what has happened since the last look; returns all that failed so far. */
    List<String> look() {
        var now = System.nanoTime();
        var newest = seen.lastEntry().getValue();
        for (var exchange : plain.take()) {
            newest = Math.max(newest, keep(exchange));
        }
        seen.put(now, newest);
        return List.copyOf(failures);
    }

    private int keep(Exchange exchange) {
        requests.increment();
        if (!exchange.failure().isEmpty()) {
            failures.add(exchange.toString());
            return 0;
        }
        var revision = Integer.parseInt(exchange.revision().replaceFirst("^(?:r|.*-rev-)(\\d+).*$", "$1"));
        var atLeast = seen.floorEntry(exchange.began()).getValue();
        if (revision < atLeast) {
            failures.add("stale: " + exchange + ", revision " + atLeast + " was seen before");
        }
        return revision;
    }

    /** Lets every client finish; returns all that failed. */
    List<String> end() throws InterruptedException {
        over = true;
        for (var client : clients) {
            client.join();
        }
        plain.end();
        return look();
    }

    @Override
    public void close() {
        over = true;
        plain.close();
    }

    private void untilTheEnd(String name, Habit habit) {
        clients.add(Thread.ofVirtual().start(() -> {
            while (!over) {
                try {
                    habit.run();
                } catch (Exception failure) {
                    failures.add(Instant.now() + " " + name + ": " + withCauses(failure));
                }
            }
        }));
    }

    private static String withCauses(Throwable failure) {
        return Stream.iterate(failure, Objects::nonNull, Throwable::getCause)
                .map(Throwable::toString)
                .collect(Collectors.joining(", since "));
    }

    private void connectAnew() throws IOException {
        try (var wire = new Wire(address, port)) {
            wire.send("GET /bytes/3000 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            var head = wire.readHead();
            check(head.status() == 200 && wire.readBody(head).length == 3000, "status " + head.status());
        }
    }

    private void talkOnAWebSocket() throws IOException, InterruptedException {
        try (var wire = new Wire(address, port)) {
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
            for (var i = 0; i < KEPT && !over; i++) {
                var response = client.send(request("/bytes/1024"), BodyHandlers.ofByteArray());
                check(
                        response.statusCode() == 200 && response.body().length == 1024,
                        version + " status " + response.statusCode());
                check(response.version() == version, "spoke " + response.version());
            }
        }
    }

    private void followAStream() throws IOException, InterruptedException {
        try (var client = client(HttpClient.Version.HTTP_2)) {
            var response = client.send(request("/drip/2"), BodyHandlers.ofInputStream());
            try (var body = response.body()) {
                var text = new String(body.readAllBytes(), StandardCharsets.UTF_8);
                check(text.endsWith("drop 20 of 20\nend\n"), "the stream ended early");
            }
        }
    }

    private HttpClient client(HttpClient.Version version) {
        return HttpClient.newBuilder().version(version).sslContext(trust).build();
    }

    private HttpRequest request(String path) {
        return HttpRequest.newBuilder(URI.create("https://" + address + ":" + tlsPort + path))
                .timeout(LONGEST)
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

    /**
     * Runs the clients against a proxy that somebody else replaces: {@code PORT TLS-PORT AUTHORITY REQUESTS}. Ends when so many
     * requests were sent and standard input has ended; the exit code is 1 if anything failed.
     */
    public static void main(String... arguments) throws Exception {
        var most = Long.parseLong(arguments[3]);
        var driver = Thread.ofVirtual().start(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException ended) {
                // Just as well.
            }
        });
        try (var load = new ReplacementLoad(
                "127.0.0.1", Integer.parseInt(arguments[0]), Integer.parseInt(arguments[1]), Path.of(arguments[2]))) {
            while (load.look().isEmpty() && (driver.isAlive() || load.requests() < most)) {
                Pace.pause(Duration.ofMillis(100));
            }
            var failures = load.end();
            System.out.printf("%d requests, %d failed%n", load.requests(), failures.size());
            failures.stream().limit(MOST_SHOWN).forEach(System.out::println);
            if (!failures.isEmpty()) {
                System.exit(1);
            }
        }
    }
}
