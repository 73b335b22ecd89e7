package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which requests the lean lane forwards, and how it hands the others over. That both lanes behave alike is shown by the other tests. */
class LeanLaneTest {
    private final TestProxy proxy = TestProxy.start(Lane.LEAN, options -> options, new AppBackends());

    @AfterEach
    void stop() {
        proxy.close();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1|Host: a",
                "GET /a/b?c=d&e=%20 HTTP/1.1|Host: a.example:8080|Accept: */*|User-Agent: x (y; z)",
                "HEAD / HTTP/1.1|Host: a",
                "DELETE /x HTTP/1.1|host: 10.1.2.3|Connection: keep-alive",
                "GET / HTTP/1.1|Host: a|Connection: close",
                "OPTIONS / HTTP/1.1|Host: a|X-Forwarded-For: 6.6.6.6|Proxy: x",
                "POST / HTTP/1.1|Host: a|Content-Length: 3||abc",
                "PUT / HTTP/1.1|Host: a|Content-Length: 0|",
                "PATCH / HTTP/1.1|Host:\ta \t|Content-Length: 3||abc",
            })
    void plain_requests_take_it(String request) throws Exception {
        try (var backend = TestBackend.responding(received ->
                received.method().equals("HEAD") ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" : ok("hello"))) {
            proxy.to(backend);
            assertThat(exchange(request).status()).isEqualTo(200);
            assertThat(proxy.leanRequests()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.0|Host: a",
                "GET http://a/ HTTP/1.1|Host: a",
                "GET / HTTP/1.1|Host: a|Connection: X-A|X-A: b",
                "GET / HTTP/1.1|Host: a|Connection: close|Connection: close",
                "GET / HTTP/1.1|Host: a|TE: trailers|Connection: TE",
                "GET / HTTP/1.1|Host: [::1]",
                "GET / HTTP/1.1|Host: a|X: \u00e4",
                "BREW / HTTP/1.1|Host: a",
                "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked||3|abc|0||",
                "POST / HTTP/1.1|Host: a|Content-Length: 03||abc",
                "POST / HTTP/1.1|Host: a|Expect: 100-continue|Content-Length: 3||abc",
                "|GET / HTTP/1.1|Host: a",
            })
    void others_are_left_to_the_general_lane(String request) throws Exception {
        try (var backend = TestBackend.responding(received -> ok("hello"))) {
            proxy.to(backend);
            assertThat(exchange(request).status()).isEqualTo(200);
            assertThat(proxy.leanRequests()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1",
                "GET / HTTP/1.1|Host: a|Host: b",
                "GET / HTTP/1.1|Host: a|Content-Length: 1|Content-Length: 1",
                "GET / HTTP/1.1|Host: a| folded",
                "GET / HTTP/1.1|Host : a",
                "GET / HTTP/1.1|Host: a|X: a\0b",
                "GET /#a HTTP/1.1|Host: a",
                "GET  / HTTP/1.1|Host: a",
                "CONNECT / HTTP/1.1|Host: a",
                "TRACE / HTTP/1.1|Host: a",
                "GET / HTTP/1.1|Host: a:65536",
            })
    void those_that_are_refused_too(String request) throws Exception {
        try (var backend = TestBackend.responding(received -> ok("hello"))) {
            proxy.to(backend);
            assertThat(exchange(request).status()).isBetween(400, 505);
            assertThat(proxy.leanRequests()).isZero();
            assertThat(backend.accepted()).isZero();
        }
    }

    private Message exchange(String request) throws Exception {
        try (var client = proxy.connect()) {
            client.send(lines(request));
            if (request.contains("Expect")) {
                assertThat(client.readHead().status()).isEqualTo(100);
            }
            return request.startsWith("HEAD") ? client.readHead() : client.read();
        }
    }

    private static String lines(String text) {
        return text.contains("||") || text.endsWith("|")
                ? text.replace("|", "\r\n") + (text.endsWith("|") && !text.endsWith("||") ? "\r\n" : "")
                : text.replace("|", "\r\n") + "\r\n\r\n";
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3;a=b|abc|0||",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||03|abc|0||",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||3|abc|0|X-A: b||",
                "HTTP/1.1 200 OK|Connection: X-A|X-A: b|Content-Length: 3||abc",
                "HTTP/1.1 200 OK|X: \u00e4|Content-Length: 3||abc",
                "HTTP/1.0 200 OK|Content-Length: 3||abc",
                "HTTP/1.1 103 Early Hints|Link: x||HTTP/1.1 200 OK|Content-Length: 3||abc",
                "HTTP/1.1 200 |Content-Length: 3||abc",
            })
    void a_response_that_is_not_plain_is_handed_over(String response) throws Exception {
        var raw = response.replace("|", "\r\n");
        try (var backend = TestBackend.responding(received -> raw);
                var client = proxy.to(backend).connect()) {
            client.get("/");
            if (response.contains("103")) {
                assertThat(client.readHead().status()).isEqualTo(103);
            }
            var received = client.read();
            assertThat(received.status()).isEqualTo(200);
            assertThat(received.body()).isEqualTo("abc");
            assertThat(proxy.leanRequests()).isZero();
        }
    }

    @Test
    void a_request_that_was_handed_over_keeps_its_id_and_is_counted_once() throws Exception {
        var ids = new CopyOnWriteArrayList<String>();
        try (var backend = TestBackend.responding(received -> {
                    ids.addAll(received.headers("X-Request-Id"));
                    return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0;a=b\r\n\r\n";
                });
                var client = proxy.to(backend).connect()) {
            client.post("/", "abc").read();
            assertThat(ids).hasSize(1);
            var counted = proxy.stats.snapshot();
            assertThat(counted.sinceStart().requests()).isEqualTo(1);
            assertThat(counted.inFlight()).isZero();
            assertThat(proxy.active.leases(backend.backend())).isZero();
        }
    }

    /** It has no time to wait for a file, since what a backend has sent is lost when the backend closes the connection. */
    @Test
    void a_body_that_was_sent_stays_in_memory_when_its_request_is_handed_over() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\n\r\n");
                });
                var other = TestProxy.start(Lane.LEAN, options -> options.requestMemory(1024), new AppBackends())
                        .to(backend)) {
            for (var i = 0; i < 20; i++) {
                try (var client = other.connect()) {
                    assertThat(client.post("/", "x".repeat(1500)).read().body()).isEqualTo("abc");
                }
            }
        }
    }

    @Test
    void a_connection_changes_its_lane_with_each_request() throws Exception {
        try (var backend = TestBackend.responding(received -> ok(received.target()));
                var client = proxy.to(backend).connect()) {
            for (var i = 0; i < 5; i++) {
                assertThat(client.get("/lean" + i).read().body()).isEqualTo("/lean" + i);
                client.send("GET /general" + i + " HTTP/1.1\r\nHost: a\r\nTE: x\r\n\r\n");
                assertThat(client.read().body()).isEqualTo("/general" + i);
            }
            assertThat(proxy.leanRequests()).isEqualTo(5);
            assertThat(backend.accepted()).isEqualTo(1);
        }
    }

    @Test
    void pipelined_requests_keep_their_order_across_lanes() throws Exception {
        try (var backend = TestBackend.responding(received -> ok(received.target()));
                var client = proxy.to(backend).connect()) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n"
                    + "POST /3 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"
                    + "GET /4 HTTP/1.1\r\nHost: a\r\n\r\nGET /5 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
            for (var i = 1; i <= 5; i++) {
                assertThat(client.read().body()).isEqualTo("/" + i);
            }
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(proxy.leanRequests()).isGreaterThanOrEqualTo(2);
        }
    }

    @Test
    void nothing_behind_the_last_request_is_forwarded() throws Exception {
        var targets = new CopyOnWriteArrayList<String>();
        try (var backend = TestBackend.responding(received -> {
                    targets.add(received.target());
                    return ok(received.target());
                });
                var client = proxy.to(backend).connect()) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("/1");
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(targets).containsExactly("/1");
        }
    }

    /** The client reads nothing, so that the connection is open after the response has ended for the proxy. */
    @Test
    void nothing_behind_the_last_request_of_the_general_lane_is_forwarded() throws Exception {
        var length = 24_000_000;
        var targets = new CopyOnWriteArrayList<String>();
        try (var backend = TestBackend.responding(received -> {
                    targets.add(received.target());
                    return ok("x".repeat(length));
                });
                var other = TestProxy.start(Lane.LEAN, options -> options.responseBuffer(64 << 20), new AppBackends());
                var client = other.to(backend).connect()) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\nTE: x\r\nConnection: close\r\n\r\n");
            await().until(() -> other.stats.snapshot().sinceStart().requests() == 1);
            client.get("/2");
            // What was sent has been read when both loops have looked at their sockets.
            for (var i = 0; i < 3; i++) {
                other.responds().join();
            }
            assertThat(client.read().body()).hasSize(length);
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(targets).containsExactly("/1");
            assertThat(other.stats.snapshot().sinceStart().requests()).isEqualTo(1);
        }
    }

    @Test
    void what_waits_for_its_turn_is_counted_until_it_has_it() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = TestBackend.responding(received -> {
                    Patience.await(go);
                    return ok(received.target());
                });
                var client = proxy.to(backend).connect()) {
            client.get("/1");
            await().until(() -> backend.accepted() == 1);
            client.send("GET /2 HTTP/1.1\r\nHost: a\r\nX: " + "x".repeat(5000) + "\r\n\r\n");
            await().until(() -> proxy.waitingBytes() >= 5000);
            go.countDown();
            assertThat(client.read().body()).isEqualTo("/1");
            assertThat(client.read().body()).isEqualTo("/2");
            await().until(() -> proxy.waitingBytes() == 0);
        }
    }

    @Test
    void many_pipelined_requests_in_pieces_keep_their_order() throws Exception {
        try (var backend = TestBackend.responding(received -> ok(received.target()));
                var client = proxy.to(backend).connect()) {
            var all = new StringBuilder();
            for (var i = 0; i < 100; i++) {
                all.append("GET /").append(i).append(" HTTP/1.1\r\nHost: a\r\n\r\n");
            }
            var text = all.toString();
            var sending = Thread.ofVirtual().start(() -> {
                try {
                    for (var at = 0; at < text.length(); at += 47) {
                        client.send(text.substring(at, Math.min(text.length(), at + 47)));
                    }
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            for (var i = 0; i < 100; i++) {
                assertThat(client.read().body()).isEqualTo("/" + i);
            }
            sending.join();
        }
    }

    @Test
    void a_head_in_two_pieces_is_left_to_the_general_lane() throws Exception {
        try (var backend = TestBackend.responding(received -> ok("x"));
                var client = proxy.to(backend).connect()) {
            client.send("GET / HTTP/1.1\r\nHo");
            await().until(() -> proxy.stats.snapshot().connections().get(ConnectionState.NEW) == 1);
            proxy.responds().join();
            client.send("st: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("x");
        }
    }

    @Test
    void the_requests_of_a_trusted_proxy_take_it_too() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(String.join("\n", request.headerLines())));
                var other = TestProxy.start(
                                Lane.LEAN, options -> options.trustedProxies(List.of("127.0.0.1")), new AppBackends())
                        .to(backend);
                var client = other.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Request-Id: abc\r\n\r\n");
            assertThat(client.read().body())
                    .contains("X-Forwarded-For: 6.6.6.6, 127.0.0.1", "X-Request-Id: abc", "X-Real-IP: 6.6.6.6");
            client.get("/");
            assertThat(client.read().body()).doesNotContain("6.6.6.6", "abc").contains("X-Forwarded-For: 127.0.0.1");
            assertThat(other.leanRequests()).isEqualTo(2);
        }
    }

    @Test
    void a_long_body_comes_in_pieces() throws Exception {
        var body = "0123456789".repeat(20_000);
        try (var backend = TestBackend.responding(received -> ok(body));
                var client = proxy.to(backend).connect()) {
            assertThat(client.get("/").read().body()).isEqualTo(body);
            assertThat(proxy.leanRequests()).isEqualTo(1);
            assertThat(proxy.stats.snapshot().sinceStart().bytesOut()).isEqualTo(body.length());
        }
    }

    @Test
    void a_slow_client_gets_a_longer_body_than_may_wait_in_memory() throws Exception {
        var body = "0123456789".repeat(3_000_000);
        try (var backend = TestBackend.responding(received -> ok(body));
                var client = proxy.to(backend).connect()) {
            client.get("/");
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            assertThat(proxy.stats.snapshot().inFlight())
                    .as("the rest is in a file")
                    .isEqualTo(1);
            assertThat(client.read().body()).isEqualTo(body);
            assertThat(proxy.leanRequests()).isEqualTo(1);
            assertThat(client.get("/").read().body()).as("the next one").isEqualTo(body);
            assertThat(proxy.leanRequests()).isEqualTo(2);
        }
    }

    @Test
    void a_client_that_leaves_while_its_response_is_in_a_file_holds_nothing() throws Exception {
        var body = "0123456789".repeat(3_000_000);
        try (var backend = TestBackend.responding(received -> ok(body))) {
            try (var client = proxy.to(backend).connect()) {
                client.get("/");
                await().until(() -> proxy.active.leases(backend.backend()) == 0);
            }
            await().until(() -> proxy.stats.snapshot().inFlight() == 0);
            assertThat(proxy.stats.snapshot().sinceStart().requests()).isEqualTo(1);
            assertThat(proxy.leanRequests()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"3|abc|0||, 3", "1|a|2|bc|0||, 3", "0||, 0", "A|0123456789|0||, 10", "10|0123456789abcdef|0||, 16"})
    void a_body_in_chunks_that_is_there_passes_as_it_came(String chunks, long payload) throws Exception {
        var raw = chunks.replace("|", "\r\n");
        try (var backend = TestBackend.responding(
                        received -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n" + raw);
                var client = proxy.to(backend).connect()) {
            client.get("/");
            var head = client.readHead();
            assertThat(head.headers("X-A")).containsExactly("b");
            assertThat(head.headers("Transfer-Encoding")).containsExactly("chunked");
            assertThat(client.readText(raw.length())).isEqualTo(raw);
            assertThat(proxy.leanRequests()).isEqualTo(1);
            assertThat(proxy.stats.snapshot().sinceStart().bytesOut()).isEqualTo(payload);
        }
    }

    @Test
    void a_response_that_breaks_off_ends_the_connection() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                    await().until(() -> connection.socket.isConnected());
                });
                var client = proxy.to(backend).connect()) {
            client.get("/");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readText(3)).isEqualTo("abc");
            assertThat(client.isClosedByPeer()).isTrue();
            await().until(() -> proxy.stats.snapshot().sinceStart().requests() == 1);
            assertThat(proxy.active.leases(backend.backend())).isZero();
        }
    }

    @Test
    void a_backend_that_stops_within_its_response_is_given_up() throws Exception {
        var stop = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                    Patience.await(stop);
                });
                var client = proxy.to(backend).connect()) {
            client.get("/");
            client.readHead();
            assertThat(client.readText(3)).isEqualTo("abc");
            proxy.pass(Duration.ofHours(2));
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(proxy.stats.snapshot().refusals().values().stream()
                            .mapToLong(n -> n)
                            .sum())
                    .isEqualTo(1);
            stop.countDown();
        }
    }

    @Test
    void a_backend_that_says_nothing_gets_the_time_that_it_has_on_the_general_lane() throws Exception {
        var stop = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    Patience.await(stop);
                });
                var client = proxy.to(backend).connect()) {
            client.post("/", "abc");
            await().until(() -> backend.accepted() == 1);
            proxy.responds().join();
            proxy.pass(Duration.ofSeconds(2));
            assertThat(proxy.stats.snapshot().inFlight()).isEqualTo(1);
            proxy.pass(Duration.ofHours(2));
            assertThat(client.read().status()).isEqualTo(504);
            stop.countDown();
        }
    }

    @Test
    void a_backend_that_closes_before_its_response_is_asked_again() throws Exception {
        var asked = new AtomicInteger();
        try (var backend = TestBackend.running(connection -> {
                    if (asked.incrementAndGet() > 1) {
                        connection.read();
                        connection.send(ok("again"));
                    } else {
                        connection.read();
                    }
                });
                var client = proxy.to(backend).connect()) {
            assertThat(client.get("/").read().body()).isEqualTo("again");
            assertThat(proxy.stats.snapshot().sinceStart().retries()).isEqualTo(1);
        }
    }

    @Test
    void a_client_that_leaves_ends_the_request() throws Exception {
        var stop = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
            connection.read();
            assertThat(connection.isClosedByPeer()).isTrue();
            stop.countDown();
        })) {
            proxy.to(backend);
            try (var client = proxy.connect()) {
                client.get("/");
                await().until(() -> backend.accepted() == 1);
                proxy.responds().join();
            }
            Patience.await(stop);
            await().until(() -> proxy.stats.snapshot().sinceStart().clientAborts() == 1);
            assertThat(proxy.active.leases(backend.backend())).isZero();
        }
    }

    @Test
    void no_request_takes_it_where_an_option_asks_for_more() throws Exception {
        try (var backend = TestBackend.responding(received -> ok("x"));
                var other = TestProxy.start(Lane.LEAN, options -> options.requestBuffer(false), new AppBackends())) {
            assertThat(other.to(backend).get("/").status()).isEqualTo(200);
            assertThat(other.leanRequests()).isZero();
        }
    }
}
