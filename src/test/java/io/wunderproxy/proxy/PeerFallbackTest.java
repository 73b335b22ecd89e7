package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.transport.ListenAddress;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** A request that can't be served here goes to a peer: once, marked, and only if that can do no harm. */
@OnEveryLane
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
    void sends_a_request_to_a_peer_when_there_is_no_backend() throws Exception {
        try (var peer = peer();
                var proxy = proxyWithPeers(peer.backend().port());
                var client = proxy.connect()) {
            await().until(() -> peer.accepted() > 0);
            await().until(() -> client.get("/").read().status() == 200);
            assertThat(client.post("/", "abc").read().body()).isEqualTo("peer got i-1 for test abc");
        }
    }

    @Test
    void a_slow_client_gets_the_whole_response_of_a_peer() throws Exception {
        var size = 32 << 20;
        var requests = new AtomicInteger();
        try (var peer = TestBackend.responding(request -> {
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
    void never_loses_a_request_to_a_connection_that_a_peer_gives_up() throws Exception {
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
    void sends_a_request_to_a_peer_when_the_backend_refuses_connections_or_breaks_them() throws Exception {
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
    void does_not_send_a_post_to_a_peer_that_the_backend_may_have_seen() throws Exception {
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
    void never_sends_a_marked_request_on() throws Exception {
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
    void removes_a_mark_that_does_not_come_from_a_peer() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> ok(request.headers("X-Wunderproxy-Fallback").toString()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Wunderproxy-Fallback: forged\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("[]");
        }
    }

    @Test
    void leaves_a_dead_peer_out() throws Exception {
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
    void leaves_a_peer_out_that_has_no_backend_or_does_not_respond() throws Exception {
        try (var silent = TestBackend.running(Wire::read);
                var able = TestProxy.start(options -> options.peers(
                        new PeerOptions("i-2", List.of(new ListenAddress.Tcp("127.0.0.1", 1)), Duration.ofHours(1))));
                var proxy = proxyWithPeers(silent.backend().port(), able.port());
                var backend = TestBackend.responding(request -> ok("served"))) {
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
    void responds_itself_when_no_peer_is_alive() throws Exception {
        try (var proxy = proxyWithPeers(TestBackend.notListening().port())) {
            assertThat(proxy.get("/").status()).isEqualTo(503);
        }
    }

    private static TestProxy instance(String id) {
        return TestProxy.start(options -> options.listen(new ListenAddress.Tcp("0.0.0.0", 0))
                .requestBuffer(false)
                .peers(new PeerOptions(id, List.of(), Duration.ofMillis(20))));
    }

    private static ListenAddress.Tcp at(String host, TestProxy proxy) {
        return new ListenAddress.Tcp(host, proxy.port());
    }

    @Test
    void learns_and_forgets_peers_while_it_runs() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("served"));
                var one = instance("i-1");
                var two = instance("i-2").to(backend)) {
            one.learn(at("127.0.0.1", two));
            two.learn(at("127.0.0.1", one));
            await().until(() -> one.learned().equals(Map.of(at("127.0.0.1", two), true)));
            assertThat(one.get("/").body()).isEqualTo("served");
            assertThat(two.learned()).containsExactly(Map.entry(at("127.0.0.1", one), false));

            one.learn();
            assertThat(one.get("/").status()).isEqualTo(503);
        }
    }

    @Test
    void still_honours_the_mark_of_a_peer_that_it_has_forgotten() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("served"));
                var asking = instance("i-1");
                var forgetful = instance("i-2");
                var able = instance("i-3").to(backend)) {
            forgetful.learn(at("127.0.0.1", able), at("127.0.0.1", asking));
            able.learn(at("127.0.0.1", forgetful));
            await().until(() -> forgetful.get("/").status() == 200);
            // Another way to the same one, so that it knows nobody at 127.0.0.1 any more.
            able.learn(at("127.0.0.1", forgetful), at("127.0.0.2", forgetful));
            forgetful.learn(at("127.0.0.2", able));
            try (var client = forgetful.connect()) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Wunderproxy-Fallback: i-1\r\n\r\n");
                assertThat(client.read().status()).isEqualTo(503);
            }
        }
    }

    /** Connections over the loopback interface come from 127.0.0.1, wherever they go: nobody knows who asks. */
    @Test
    void ends_a_chain_of_strangers_before_it_begins() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("served"));
                var one = instance("i-1");
                var two = instance("i-2");
                var three = instance("i-3").to(backend)) {
            var strangers = new AtomicInteger();
            one.onStranger(strangers::incrementAndGet);
            one.learn(at("127.0.0.2", two));
            two.learn(at("127.0.0.2", three));
            three.learn(at("127.0.0.2", one));
            await().until(() -> strangers.get() > 5);

            assertThat(one.get("/").status()).isEqualTo(503);
            three.active.switchTo(TestBackend.notListening());
            assertThat(one.get("/").status()).isEqualTo(503);
            assertThat(three.get("/").status()).isEqualTo(502);
            for (var instance : List.of(one, two, three)) {
                assertThat(instance.stats.snapshot().sinceStart().fallbacks()).isZero();
            }
        }
    }

    @Test
    void does_not_take_itself_for_a_peer() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("served"));
                var one = instance("i-1").to(backend)) {
            one.learn(at("127.0.0.1", one));
            // The other one tells when enough probes have been answered.
            try (var two = instance("i-2").to(backend)) {
                two.learn(at("127.0.0.1", one));
                one.learn(at("127.0.0.1", one), at("127.0.0.1", two));
                await().until(() -> one.learned().get(at("127.0.0.1", two)));
                assertThat(one.learned().get(at("127.0.0.1", one))).isFalse();
            }
        }
    }

    @Test
    void believes_no_forwarded_headers_of_a_peer() throws Exception {
        try (var backend = TestBackend.responding(request ->
                        ok(request.headers("X-Forwarded-For") + " " + request.headers("X-Forwarded-Proto")));
                var peer = peer();
                var proxy = proxyWithPeers(peer.backend().port()).to(backend)) {
            await().until(() -> peer.accepted() > 0);
            try (var client = proxy.connect()) {
                client.send(
                        "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n\r\n");
                assertThat(client.read().body()).isEqualTo("[127.0.0.1] [http]");
            }
        }
    }

    @Test
    void honours_the_mark_of_a_learned_peer_only_once_it_has_shown_that_it_knows_this_instance() throws Exception {
        var acknowledges = new AtomicBoolean();
        try (var backend = TestBackend.responding(
                        request -> ok(request.headers("X-Wunderproxy-Fallback").toString()));
                var named = TestBackend.responding(request -> "HTTP/1.1 503 Not ready\r\nContent-Length: 0\r\n"
                        + (acknowledges.get() ? "X-Wunderproxy-Fallback: i-2\r\n" : "") + "\r\n");
                var proxy = instance("i-1").to(backend)) {
            proxy.learn(new ListenAddress.Tcp("127.0.0.1", named.backend().port()));
            await().until(() -> named.accepted() > 1);
            try (var client = proxy.connect()) {
                var marked = "GET / HTTP/1.1\r\nHost: a\r\nX-Wunderproxy-Fallback: i-2\r\n\r\n";
                client.send(marked);
                assertThat(client.read().body()).isEqualTo("[]");
                acknowledges.set(true);
                await().until(() -> {
                    client.send(marked);
                    return client.read().body().equals("[i-2]");
                });
            }
        }
    }
}
