package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** WebSockets and every other protocol that a client and a backend agree to switch to. */
class UpgradeTest {
    private static final String UPGRADE =
            "GET /chat HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, Upgrade\r\nUpgrade: echo\r\n\r\n";
    private static final String SWITCHED =
            "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\nX-Extra: 1\r\n\r\n";

    @Test
    void carriesBytesBothWaysAfterASwitchOfProtocols() throws Exception {
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
    void doesNotLetABackendSwitchToHttp2() throws Exception {
        try (var backend = TestBackend.answering(request -> ok(request.headers("Upgrade") + " "
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
    void holdsALeaseUntilTheUpgradedConnectionEnds() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var other = TestBackend.answering(request -> ok("other"))) {
            try (var client = proxy.connect()) {
                assertThat(client.send(UPGRADE).readHead().status()).isEqualTo(101);
                proxy.to(other);
                assertThat(proxy.active.leases(backend.backend())).isOne();
                assertThat(proxy.stats.snapshot().connections()).containsEntry(ClientState.UPGRADED, 1L);
            }
            assertThat(proxy.active.drained(backend.backend()).get()).isEqualTo(DrainResult.DRAINED);
            await().until(() -> backend.open() == 0);
            await().until(() -> proxy.stats.snapshot().connections().get(ClientState.UPGRADED) == 0);
        }
    }

    @Test
    void countsNotAsARequestInFlight() throws Exception {
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
    void deliversWhatTheBackendSentBeforeItClosed() throws Exception {
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
    void forwardsARefusalToSwitch() throws Exception {
        try (var backend = TestBackend.answering(request -> ok("no"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            assertThat(client.send(UPGRADE).read().body()).isEqualTo("no");
            assertThat(client.get("/").read().body()).isEqualTo("no");
        }
    }

    @Test
    void answers502IfTheBackendSwitchesUnasked() throws Exception {
        try (var backend = TestBackend.answering(request -> SWITCHED);
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void holdsEachSideBackWhenTheOtherReadsSlowly() throws Exception {
        var sent = new AtomicLong();
        var echoed = new AtomicLong();
        var go = new CountDownLatch(1);
        var size = 128 * 1024 * 1024L;
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(SWITCHED);
                    go.await();
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
}
