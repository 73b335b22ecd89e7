package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A request that can't be answered here goes to a peer: once, marked, and only if that can do no harm. */
class PeerFallbackTest {
    private static TestProxy proxyWithPeers(int... ports) throws Exception {
        var peers = Arrays.stream(ports)
                .mapToObj(port -> new ListenAddress.Tcp("127.0.0.1", port))
                .toList();
        return TestProxy.start(
                options -> options.requestBuffer(false).peers(new PeerOptions("i-1", peers, Duration.ofMillis(20))));
    }

    private static TestBackend peer() throws Exception {
        return TestBackend.running(connection -> {
            for (var request = connection.read(); request != null; request = connection.read()) {
                connection.send(ok(
                        "peer got " + request.header("X-Wunderproxy-Fallback").orElse("no mark") + " for "
                                + request.header("X-Forwarded-Host").orElse("") + " " + request.body()));
            }
        });
    }

    @Test
    void sendsARequestToAPeerWhenThereIsNoBackend() throws Exception {
        try (var peer = peer();
                var proxy = proxyWithPeers(peer.backend().port());
                var client = proxy.connect()) {
            await().until(() -> peer.accepted() > 0);
            await().until(() -> client.get("/").read().status() == 200);
            assertThat(client.post("/", "abc").read().body()).isEqualTo("peer got i-1 for test abc");
        }
    }

    @Test
    void aSlowClientGetsTheWholeAnswerOfAPeer() throws Exception {
        var size = 32 << 20;
        var requests = new AtomicInteger();
        try (var peer = TestBackend.answering(request -> {
                    if (request.startLine().startsWith("GET")) {
                        requests.incrementAndGet();
                    }
                    return ok("x".repeat(size));
                });
                var proxy = proxyWithPeers(peer.backend().port());
                var client = proxy.connect()) {
            await().until(() -> proxy.get("/").status() == 200);
            client.get("/");
            // The peer is done although the client has read nothing.
            await().until(() -> requests.get() == 2
                    && proxy.stats.snapshot().backendConnections().get("active") == 0);
            assertThat(client.read().bytes()).hasSize(size);
        }
    }

    @Test
    void neverLosesARequestToAConnectionThatAPeerGivesUp() throws Exception {
        try (var peer = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(ok("first"));
                    connection.read();
                });
                var proxy = proxyWithPeers(peer.backend().port());
                var client = proxy.connect()) {
            await().until(() -> client.get("/").read().status() == 200);
            for (var i = 0; i < 3; i++) {
                assertThat(client.post("/", "abc").read().body()).isEqualTo("first");
            }
        }
    }

    @Test
    void sendsARequestToAPeerWhenTheBackendRefusesConnectionsOrBreaksThem() throws Exception {
        try (var peer = peer();
                var proxy = proxyWithPeers(peer.backend().port());
                var breaking = TestBackend.running(Wire::read);
                var client = proxy.connect()) {
            await().until(() -> client.get("/").read().status() == 200);
            proxy.active.switchTo(TestBackend.notListening());
            assertThat(client.post("/", "abc").read().body()).isEqualTo("peer got i-1 for test abc");
            proxy.to(breaking);
            assertThat(client.get("/").read().body()).isEqualTo("peer got i-1 for test ");
            assertThat(proxy.stats.snapshot().sinceStart().fallbacks()).isGreaterThanOrEqualTo(3);
            await().until(() -> proxy.active.leases(breaking.backend()) == 0);
        }
    }

    @Test
    void doesNotSendAPostToAPeerThatTheBackendMayHaveSeen() throws Exception {
        try (var peer = peer();
                var proxy = proxyWithPeers(peer.backend().port());
                var breaking = TestBackend.running(Wire::read);
                var client = proxy.connect()) {
            await().until(() -> client.get("/").read().status() == 200);
            proxy.to(breaking);
            assertThat(client.post("/", "abc").read().status()).isEqualTo(502);
        }
    }

    @Test
    void neverSendsAMarkedRequestOn() throws Exception {
        try (var peer = peer();
                var proxy = proxyWithPeers(peer.backend().port())) {
            await().until(() -> proxy.get("/").status() == 200);
            try (var client = proxy.connect()) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Wunderproxy-Fallback: i-2\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(503);
            }
        }
    }

    @Test
    void removesAMarkThatDoesNotComeFromAPeer() throws Exception {
        try (var backend = TestBackend.answering(
                        request -> ok(request.headers("X-Wunderproxy-Fallback").toString()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Wunderproxy-Fallback: forged\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("[]");
        }
    }

    @Test
    void leavesADeadPeerOut() throws Exception {
        try (var alive = peer();
                var proxy = proxyWithPeers(
                        TestBackend.notListening().port(), alive.backend().port());
                var client = proxy.connect()) {
            await().until(() -> client.get("/").read().status() == 200);
            for (var i = 0; i < 10; i++) {
                assertThat(client.get("/").read().status()).isEqualTo(200);
            }
        }
    }

    @Test
    void leavesAPeerOutThatHasNoBackendOrDoesNotAnswer() throws Exception {
        try (var silent = TestBackend.running(Wire::read);
                var able = TestProxy.start(options -> options.peers(
                        new PeerOptions("i-2", List.of(new ListenAddress.Tcp("127.0.0.1", 1)), Duration.ofHours(1))));
                var proxy = proxyWithPeers(silent.backend().port(), able.port());
                var backend = TestBackend.answering(request -> ok("served"))) {
            await().until(() -> silent.accepted() > 1);
            var refused = able.stats.snapshot().sinceStart().requests();
            assertThat(proxy.get("/").status()).isEqualTo(503);
            assertThat(able.stats.snapshot().sinceStart().requests()).isEqualTo(refused);
            able.to(backend);
            await().until(() -> proxy.get("/").status() == 200);
            assertThat(backend.accepted()).isEqualTo(1);
        }
    }

    @Test
    void answersItselfWhenNoPeerIsAlive() throws Exception {
        try (var proxy = proxyWithPeers(TestBackend.notListening().port())) {
            assertThat(proxy.get("/").status()).isEqualTo(503);
        }
    }
}
