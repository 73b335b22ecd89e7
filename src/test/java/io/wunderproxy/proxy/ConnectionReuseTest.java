package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.testkit.Patience;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections to the backend are kept, and that a stale one never costs a request. */
@OnEveryLane
class ConnectionReuseTest {
    @Test
    void keeps_one_connection_for_requests_one_after_the_other() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.target()));
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend)) {
            for (var i = 0; i < 5; i++) {
                proxy.get("/" + i);
            }
            assertThat(backend.accepted()).isOne();
        }
    }

    @Test
    void does_not_reuse_a_connection_that_the_backend_wants_to_close() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 3; i++) {
                assertThat(client.get("/").read().status()).isEqualTo(200);
            }
            assertThat(backend.accepted()).isEqualTo(3);
            await().until(() -> backend.open() == 0);
        }
    }

    @Test
    void does_not_reuse_a_connection_whose_end_is_that_of_a_response() throws Exception {
        var late = new AtomicInteger();
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\n\r\nuntil the end");
                    connection.socket.shutdownOutput();
                    if (connection.read() != null) {
                        late.incrementAndGet();
                    }
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n".repeat(20));
            for (var i = 0; i < 20; i++) {
                assertThat(client.read().body()).isEqualTo("until the end");
            }
            assertThat(late).hasValue(0);
            assertThat(proxy.stats.snapshot().sinceStart().retries()).isZero();
        }
    }

    @Test
    void the_backend_may_close_idle_connections_at_any_time() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(ok("once"));
                    // Says nothing of the close that follows at once.
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 500; i++) {
                client.send((i % 2 == 0 ? "GET" : "PUT") + " / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx");
                assertThat(client.read().status()).isEqualTo(200);
            }
        }
    }

    /** What can't be sent again must not be sent on a connection that is closed already, even if just now. */
    @Test
    void no_post_is_lost_to_a_connection_that_the_backend_has_closed() throws Exception {
        var closed = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(ok("once"));
                    connection.close();
                    closed.release();
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 500; i++) {
                assertThat(client.post("/", i % 2 == 0 ? "" : "abc").read().status())
                        .isEqualTo(200);
                closed.acquire();
            }
        }
    }

    @Test
    void sends_an_idempotent_request_again_if_a_reused_connection_breaks() throws Exception {
        var requests = new AtomicInteger();
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(ok("first"));
                    connection.read();
                    requests.incrementAndGet();
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.get("/").read();
            assertThat(client.get("/").read().body()).isEqualTo("first");
            assertThat(requests).hasValue(1);
            assertThat(proxy.stats.snapshot().sinceStart().retries()).isOne();
        }
    }

    @Test
    void does_not_send_a_post_twice() throws Exception {
        var posts = new AtomicInteger();
        try (var backend = TestBackend.running(connection -> {
                    for (var request = connection.read(); request != null; request = connection.read()) {
                        if (request.method().equals("POST")) {
                            posts.incrementAndGet();
                            return;
                        }
                        connection.send(ok("x"));
                    }
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.get("/").read();
            assertThat(client.post("/", "").read().status()).isEqualTo(502);
            assertThat(client.post("/", "abc").read().status()).isEqualTo(502);
            assertThat(posts).hasValue(2);
        }
    }

    @Test
    void closes_idle_connections_to_a_backend_that_is_drained() throws Exception {
        try (var blue = TestBackend.responding(request -> ok("blue"));
                var green = TestBackend.responding(request -> ok("green"));
                var proxy = TestProxy.before(blue)) {
            proxy.get("/");
            proxy.get("/");
            proxy.to(green);
            await().until(() -> blue.open() == 0);
            assertThat(proxy.get("/").body()).isEqualTo("green");
        }
    }

    @Test
    void closes_the_connection_of_a_lease_that_outlived_an_abandoned_backend() throws Exception {
        var go = new CountDownLatch(1);
        try (var blue = TestBackend.responding(request -> {
                    Patience.await(go);
                    return ok("blue");
                });
                var green = TestBackend.responding(request -> ok("green"));
                var proxy = TestProxy.before(blue);
                var client = proxy.connect()) {
            client.get("/");
            await().until(() -> proxy.active.leases(blue.backend()) == 1);
            proxy.to(green);
            proxy.active.abandon(blue.backend());
            go.countDown();
            assertThat(client.read().body()).isEqualTo("blue");
            await().until(() -> blue.open() == 0);
        }
    }

    @Test
    void closes_a_connection_that_is_idle_for_too_long() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.start(options -> options.backendIdle(java.time.Duration.ofMillis(1)))
                        .to(backend)) {
            proxy.get("/");
            await().until(() -> backend.open() == 0);
        }
    }

    @Test
    void closes_before_the_time_that_the_backend_announced() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> "HTTP/1.1 200 OK\r\nKeep-Alive: timeout=1\r\nContent-Length: 0\r\n\r\n");
                var proxy = TestProxy.before(backend)) {
            proxy.get("/");
            await().until(() -> backend.open() == 0);
        }
    }

    @Test
    void closes_a_connection_that_sends_something_unasked() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(ok("asked") + ok("awaitsContinue"));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            assertThat(client.get("/").read().body()).isEqualTo("asked");
            assertThat(client.get("/").read().body()).isEqualTo("asked");
            assertThat(backend.accepted()).isEqualTo(2);
        }
    }

    /** What follows a response that was complete before is nobody's. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "HEAD#Content-Length: 3||abc",
                "HEAD#Content-Length: 3||HTTP/1.1 200 OK|Content-Length: 6||forged",
                "GET#Content-Length: 3||abcd",
                "GET#Content-Length: 3||abc|",
                "GET#Content-Length: 3||abcHTTP/1.1 200 OK|Content-Length: 6|",
                "GET#Transfer-Encoding: chunked||3|abc|0|||",
                "GET#Transfer-Encoding: chunked||3|abc|0||HTTP/1.1 200 OK|Content-Length: 6||forged",
                "GET#Content-Length: 70000||LONGHTTP/1.1 200 OK|Content-Length: 6||forged",
            })
    void does_not_reuse_a_connection_with_something_unread(String script) throws Exception {
        var method = script.substring(0, script.indexOf('#'));
        var response = "HTTP/1.1 200 OK\r\n"
                + script.substring(script.indexOf('#') + 1).replace("|", "\r\n").replace("LONG", "x".repeat(70_000));
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(response);
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend);
                var client = proxy.connect()) {
            // The second request is there when the first response ends.
            client.send((method + " /a HTTP/1.1\r\nHost: a\r\n\r\n").repeat(2));
            for (var i = 0; i < 2; i++) {
                var got = Message.read(client.in, !method.equals("HEAD"));
                assertThat(got.status()).isEqualTo(200);
                assertThat(got.body()).doesNotContain("forged");
            }
            assertThat(backend.accepted()).isEqualTo(2);
            await().until(() -> backend.open() == 0);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\r\n",
                "x",
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n",
                "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged",
                "HTTP/1.1 103 Early Hints\r\n\r\n",
            })
    void closes_an_idle_connection_that_says_anything(String words) throws Exception {
        var heard = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    for (var request = connection.read(); request != null; request = connection.read()) {
                        connection.send(ok(request.target()));
                        heard.acquire();
                        connection.send(words);
                    }
                });
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend)) {
            assertThat(proxy.get("/first").body()).isEqualTo("/first");
            await().until(() -> proxy.stats.snapshot().backendConnections().get("idle") == 1);
            heard.release();
            await().until(() -> backend.open() == 0);
            assertThat(proxy.stats.snapshot().backendConnections()).containsEntry("idle", 0L);
            assertThat(proxy.get("/second").body()).isEqualTo("/second");
        }
    }

    /** The end of such a body may come late, and would begin the response to the next request. */
    @ParameterizedTest
    @CsvSource({
        "HEAD, 200, Transfer-Encoding: chunked",
        "GET, 204, Transfer-Encoding: chunked",
        "GET, 204, Content-Length: 5",
        "GET, 304, Transfer-Encoding: chunked",
        "HEAD, 200, Transfer-Encoding: chunked|Content-Length: 5",
    })
    void does_not_reuse_a_connection_after_a_body_that_was_announced_where_none_can_be(
            String method, int status, String headers) throws Exception {
        var head = "HTTP/1.1 " + status + " Some\r\n" + headers.replace("|", "\r\n") + "\r\n\r\n";
        assertThat(connectionsForTwo(method, head)).isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({
        "HEAD, 200, Content-Length: 5",
        "GET, 304, Content-Length: 5",
        "GET, 204, X: y",
        "GET, 204, Content-Length: 0"
    })
    void reuses_a_connection_after_a_response_that_rightly_has_no_body(String method, int status, String header)
            throws Exception {
        assertThat(connectionsForTwo(method, "HTTP/1.1 " + status + " Some\r\n" + header + "\r\n\r\n"))
                .isOne();
    }

    private static int connectionsForTwo(String method, String response) throws Exception {
        try (var backend = TestBackend.responding(request -> response);
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend);
                var client = proxy.connect()) {
            var status = Integer.parseInt(response.split(" ")[1]);
            for (var i = 0; i < 2; i++) {
                client.send(method + " / HTTP/1.1\r\nHost: a\r\n\r\n");
                var got = Message.read(client.in, method.equals("GET") && status == 200);
                assertThat(got.status()).isEqualTo(status);
            }
            return backend.accepted();
        }
    }

    @Test
    void closes_connections_that_are_not_used_any_more() throws Exception {
        var together = new CountDownLatch(20);
        try (var backend = TestBackend.responding(request -> {
                    together.countDown();
                    Patience.await(together);
                    return ok("x");
                });
                var proxy = TestProxy.start(options -> options.backendIdle(java.time.Duration.ofMillis(1)))
                        .to(backend)) {
            var clients = new java.util.ArrayList<Wire>();
            for (var i = 0; i < 20; i++) {
                clients.add(proxy.connect().get("/"));
            }
            for (var client : clients) {
                assertThat(client.read().status()).isEqualTo(200);
            }
            await().until(() -> backend.open() == 0);
            assertThat(proxy.stats.snapshot().backendConnections())
                    .containsEntry("idle", 0L)
                    .containsEntry("active", 0L);
            for (var client : clients) {
                client.close();
            }
        }
    }

    /** The event loop hears of the request first, and of what the backend says awaitsContinue when the request is sent. */
    @ParameterizedTest
    @ValueSource(strings = {"GET", "POST"})
    void does_not_reuse_a_connection_of_which_the_event_loop_has_yet_to_hear(String method) throws Exception {
        var heard = new Semaphore(0);
        var said = new Semaphore(0);
        var isBusy = new Semaphore(0);
        var goOn = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    for (var request = connection.read(); request != null; request = connection.read()) {
                        connection.send(ok(request.target()));
                        heard.acquire();
                        connection.send(ok("forged"));
                        said.release();
                    }
                });
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend);
                var client = proxy.connect()) {
            assertThat(client.get("/first").read().body()).isEqualTo("/first");
            await().until(() -> proxy.stats.snapshot().backendConnections().get("idle") == 1);
            proxy.onEachLoop(() -> {
                isBusy.release();
                goOn.acquireUninterruptibly();
            });
            isBusy.acquire();
            client.send(method + " /second HTTP/1.1\r\nHost: a\r\n\r\n");
            heard.release();
            said.acquire();
            goOn.release();
            assertThat(client.read().body()).isEqualTo("/second");
            assertThat(backend.accepted()).isEqualTo(2);
        }
    }
}
