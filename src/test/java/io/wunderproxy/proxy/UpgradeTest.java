package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.DrainResult;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.testkit.Patience;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** WebSockets and every other protocol that a client and a backend agree to switch to. */
@OnEveryLane
class UpgradeTest {
    private static final String UPGRADE =
            "GET /chat HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n";
    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Extra: 1\r\n\r\n";

    @Test
    void carries_bytes_both_ways_after_a_switch_of_protocols() throws Exception {
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.running(connection -> {
                    received.set(connection.read());
                    connection.send(SWITCHED + "hello");
                    connection.send("you said " + connection.readText(4));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            var head = client.send(UPGRADE).readHead();
            assertThat(head.status()).isEqualTo(101);
            assertThat(head.headers("Upgrade")).containsExactly("echo");
            assertThat(head.headers("Connection")).containsExactlyInAnyOrder("upgrade");
            assertThat(head.headers("X-Extra")).containsExactly("1");
            assertThat(received.get().headers("Upgrade")).containsExactly("echo");
            assertThat(received.get().headers("Connection")).containsExactly("upgrade");
            assertThat(client.readText(5)).isEqualTo("hello");
            assertThat(client.send("ping").readText(13)).isEqualTo("you said ping");
        }
    }

    @Test
    void does_not_let_a_backend_switch_to_http2() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.headers("Upgrade") + " "
                        + request.headers("Connection") + " " + request.headers("HTTP2-Settings")));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/").read();
            for (var protocols : new String[] {"h2c", "H2C", "websocket, h2c", "websocket\r\nUpgrade: h2c"}) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: " + protocols
                        + "\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
                assertThat(client.read().body()).isEqualTo("[] [] []");
            }
            client.send("GET / HTTP/1.1\r\nHost: a\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("[] [] []");
        }
    }

    @Test
    void holds_a_lease_until_the_upgraded_connection_ends() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var other = TestBackend.responding(request -> ok("other"))) {
            try (var client = proxy.connect()) {
                assertThat(client.send(UPGRADE).readHead().status()).isEqualTo(101);
                proxy.to(other);
                assertThat(proxy.active.leases(backend.backend())).isOne();
                assertThat(proxy.stats.snapshot().connections()).containsEntry(ConnectionState.UPGRADED, 1L);
            }
            assertThat(proxy.active.drained(backend.backend()).get()).isEqualTo(DrainResult.DRAINED);
            await().until(() -> backend.open() == 0);
            await().until(() -> proxy.stats.snapshot().connections().get(ConnectionState.UPGRADED) == 0);
        }
    }

    @Test
    void counts_not_as_a_request_in_flight() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.start(options -> options.maxRequests(1)).to(backend);
                var first = proxy.connect();
                var second = proxy.connect()) {
            assertThat(first.send(UPGRADE).readHead().status()).isEqualTo(101);
            assertThat(second.send(UPGRADE).readHead().status()).isEqualTo(101);
        }
    }

    @Test
    void delivers_what_the_backend_sent_before_it_closed() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.send(new byte[1_000_000]);
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            assertThat(client.in.readAllBytes()).hasSize(1_000_000);
        }
    }

    @Test
    void delivers_what_the_backend_says_after_the_client_has_ended_its_side() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.send("got " + connection.in.readAllBytes().length);
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            client.send(new byte[300_000]).socket.shutdownOutput();
            assertThat(new String(client.in.readAllBytes())).isEqualTo("got 300000");
            await().until(() -> proxy.active.leases(backend.backend()) == 0 && backend.open() == 0);
        }
    }

    @Test
    void closes_an_upgraded_connection_that_nobody_uses_after_the_client_has_ended_its_side() throws Exception {
        var over = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.in.readAllBytes();
                    connection.send("bye");
                    Patience.await(over);
                });
                var proxy = TestProxy.start(options -> options.bodyTimeout(java.time.Duration.ofMillis(100)))
                        .to(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            client.socket.shutdownOutput();
            assertThat(new String(client.in.readAllBytes())).isEqualTo("bye");
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            over.countDown();
        }
    }

    @Test
    void forwards_a_refusal_to_switch() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("no"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            assertThat(client.send(UPGRADE).read().body()).isEqualTo("no");
            assertThat(client.get("/").read().body()).isEqualTo("no");
        }
    }

    /** As Docker's command line attaches to a container. */
    @ParameterizedTest
    @ValueSource(strings = {"POST", "GET", "PUT", "OPTIONS", "REPORT"})
    void any_method_may_switch(String method) throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCHED);
                    connection.send("you said " + connection.readText(4));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(method + " /attach HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(101);
            assertThat(client.send("ping").readText(13)).isEqualTo("you said ping");
        }
    }

    /** As Docker's command line starts a command in a container. */
    @ParameterizedTest
    @CsvSource({
        "true, Content-Length: 4, {ok}",
        "false, Content-Length: 4, {ok}",
        "true, Transfer-Encoding: chunked, '4\r\n{ok}\r\n0\r\n\r\n'",
        "false, Transfer-Encoding: chunked, '4\r\n{ok}\r\n0\r\n\r\n'"
    })
    void a_request_with_a_body_may_switch(boolean buffered, String framing, String body) throws Exception {
        var bytes = body.translateEscapes();
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.running(connection -> {
                    received.set(connection.read());
                    connection.send(SWITCHED);
                    connection.send("you said " + connection.readText(4));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.start(options -> options.requestBuffer(buffered))
                        .to(backend);
                var client = proxy.connect()) {
            client.send("POST /exec HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n" + framing
                    + "\r\n\r\n" + bytes + "ping");
            assertThat(client.readHead().status()).isEqualTo(101);
            assertThat(client.readText(13)).isEqualTo("you said ping");
            assertThat(received.get().body()).isEqualTo("{ok}");
            assertThat(received.get().headers("Upgrade")).containsExactly("tcp");
        }
    }

    /** A backend may say so early; the client's request continues as what it announced (RFC 9110, section 7.8). */
    @Test
    void the_body_is_delivered_whole_before_a_switch_that_the_backend_says_early() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send(SWITCHED + "early");
                    connection.send(" " + connection.readText(14));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST /exec HTTP/1.1\r\nHost: test\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n"
                    + "Content-Length: 10\r\n\r\n01234");
            await().until(() -> backend.open() == 1);
            client.send("56789").send("ping");
            assertThat(client.readHead().status()).isEqualTo(101);
            assertThat(client.readText(20)).isEqualTo("early 0123456789ping");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void delivers_in_order_what_the_client_sent_before_the_switch(boolean inTheSegmentOfTheHead) throws Exception {
        var go = new CountDownLatch(1);
        var text = "GET /not-a-request HTTP/1.1\r\n\r\n" + "0123456789".repeat(20_000);
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    Patience.await(go);
                    connection.send(SWITCHED);
                    connection.send(connection.readText(text.length()).equals(text) ? "all" : "not");
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            var half = inTheSegmentOfTheHead ? 20 : 0;
            client.send(UPGRADE + text.substring(0, half));
            await().until(() -> backend.open() == 1);
            client.send(text.substring(half, 100_000));
            go.countDown();
            assertThat(client.readHead().status()).isEqualTo(101);
            client.send(text.substring(100_000));
            assertThat(client.readText(3)).isEqualTo("all");
        }
    }

    @Test
    void what_follows_a_refusal_to_switch_is_the_next_request() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("no " + request.startLine()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE.replace("GET", "POST") + "GET /next HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("no POST /chat HTTP/1.1");
            assertThat(client.read().body()).isEqualTo("no GET /next HTTP/1.1");
        }
    }

    @Test
    void responds_502_if_the_backend_switches_unasked() throws Exception {
        try (var backend = TestBackend.responding(request -> SWITCHED);
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void holds_each_side_back_when_the_other_reads_slowly() throws Exception {
        var sent = new AtomicLong();
        var echoed = new AtomicLong();
        var go = new CountDownLatch(1);
        var size = 128 * 1024 * 1024L;
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    Patience.await(go);
                    // An echo: what is not read back stops it, and through it the client.
                    var piece = new byte[64 * 1024];
                    for (var n = connection.in.read(piece); n >= 0; n = connection.in.read(piece)) {
                        connection.socket.getOutputStream().write(piece, 0, n);
                        echoed.addAndGet(n);
                    }
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            var sender = Thread.ofVirtual().start(() -> {
                try {
                    for (var piece = new byte[64 * 1024]; sent.get() < size; sent.addAndGet(piece.length)) {
                        client.send(piece);
                    }
                } catch (java.io.IOException cut) {
                    throw new java.io.UncheckedIOException(cut);
                }
            });
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(size / 2);
            go.countDown();
            Standstill.await(echoed);
            assertThat(echoed.get()).isLessThan(size / 2);
            client.in.skipNBytes(size);
            sender.join();
        }
    }

    /** A backend that is lost leaves bytes behind that the client does not take. */
    @Test
    void gives_up_on_a_client_that_does_not_read_the_last_bytes() throws Exception {
        var sent = new AtomicLong();
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    sendUntilStandstill(connection, sent);
                    connection.abort();
                });
                var proxy = impatient(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            await().until(() -> proxy.stats.snapshot().connections().get(ConnectionState.UPGRADED) == 0);
        }
    }

    @Test
    void gives_up_on_a_backend_that_does_not_read_the_last_bytes() throws Exception {
        var sent = new AtomicLong();
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    Thread.currentThread().join();
                });
                var proxy = impatient(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            sendUntilStandstill(client, sent);
            client.abort();
            await().until(() -> proxy.stats.snapshot().backendConnections().get("active") == 0);
        }
    }

    private static TestProxy impatient(TestBackend backend) {
        return TestProxy.start(options -> options.bodyTimeout(java.time.Duration.ofMillis(200)))
                .to(backend);
    }

    private static void sendUntilStandstill(Wire connection, AtomicLong sent) throws Exception {
        Thread.ofVirtual().start(() -> {
            try {
                while (true) {
                    connection.send(new byte[64 * 1024]);
                    sent.addAndGet(64 * 1024);
                }
            } catch (java.io.IOException over) {
                // It was closed.
            }
        });
        Standstill.await(sent);
    }

    @Test
    void ends_both_sides_at_once_when_a_client_is_reset_that_had_ended_its_side() throws Exception {
        var ended = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.in.readAllBytes();
                    ended.countDown();
                    Thread.currentThread().join();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(UPGRADE).readHead();
            client.socket.shutdownOutput();
            Patience.await(ended);
            client.abort();
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            await().until(() -> proxy.stats.snapshot().backendConnections().get("active") == 0
                    && proxy.stats.snapshot().connections().get(ConnectionState.UPGRADED) == 0);
        }
    }
}
