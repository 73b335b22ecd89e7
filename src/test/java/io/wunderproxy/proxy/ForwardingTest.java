package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.rules.NoBackendReason;
import io.wunderproxy.testkit.Patience;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the proxy does with an ordinary request and its response. */
@OnEveryLane
class ForwardingTest {
    @Test
    void responds_404_when_nothing_is_configured() throws Exception {
        try (var proxy = TestProxy.start()) {
            proxy.active.absent(NoBackendReason.NOT_CONFIGURED);
            assertThat(proxy.get("/").status()).isEqualTo(404);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET /a/../b//c/%2e%2e/d/.?x=%zz HTTP/1.1\r\nHost: a",
                "GET // HTTP/1.1\r\nHost: a_b",
                "GET /a%2Fb;c HTTP/1.1\r\nHost: [::1]:8080",
                "GET /%zz HTTP/1.1\r\nHost: a",
                "GET /?a=http://x/../%%y HTTP/1.1\r\nHost: a",
                "GET /empty HTTP/1.1\r\nHost:",
                "GET /empty-port HTTP/1.1\r\nHost: a:",
                "GET /old HTTP/1.0",
                "OPTIONS * HTTP/1.1\r\nHost: a",
                "OPTIONS * HTTP/1.1\r\nHost: a:",
                "OPTIONS * HTTP/1.0"
            })
    void the_choice_of_a_route_changes_no_target(String head) throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.target()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(head + "\r\n\r\n");
            assertThat(client.read().body()).isEqualTo(head.split(" ")[1]);
        }
    }

    @Test
    void the_choice_of_a_route_changes_no_long_target() throws Exception {
        var target = "/" + "a/../".repeat(1600);
        try (var backend = TestBackend.responding(request -> ok(request.target()));
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get(target).body()).isEqualTo(target);
        }
    }

    @Test
    void responds_503_with_retry_after_while_the_backend_starts() throws Exception {
        try (var proxy = TestProxy.start()) {
            var response = proxy.get("/");
            assertThat(response.status()).isEqualTo(503);
            assertThat(response.header("Retry-After")).contains("1");
            assertThat(response.body()).endsWith("\n").hasLineCount(1);
        }
    }

    @Test
    void responds_502_when_the_backend_refuses_connections() throws Exception {
        try (var proxy = TestProxy.start()) {
            var gone = TestBackend.notListening();
            proxy.active.switchTo(gone);
            assertThat(proxy.get("/").status()).isEqualTo(502);
            assertThat(proxy.active.leases(gone)).isZero();
        }
    }

    @Test
    void responds_502_when_the_backend_closes_without_a_response() throws Exception {
        try (var backend = TestBackend.running(Wire::read);
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void responds_502_when_the_backend_does_not_speak_http() throws Exception {
        try (var backend = TestBackend.running(connection -> connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n"));
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/").status()).isEqualTo(502);
        }
    }

    @Test
    void responds_504_when_the_backend_does_not_respond_in_time() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.start(options -> options.responseTimeout(Duration.ofMillis(100)))
                        .to(backend)) {
            assertThat(proxy.get("/").status()).isEqualTo(504);
            await().until(() -> backend.open() == 0);
        }
    }

    @Test
    void forwards_the_target_and_the_host_unchanged() throws Exception {
        try (var backend = TestBackend.responding(request ->
                        ok(request.target() + " " + request.header("Host").orElse("")));
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/a%20b/../c;d?e=%2F&f").body()).isEqualTo("/a%20b/../c;d?e=%2F&f test");
        }
    }

    @Test
    void forwards_the_status_reason_and_repeated_headers() throws Exception {
        try (var backend = TestBackend.responding(request -> "HTTP/1.1 418 Short And Stout\r\nSet-Cookie: a=1\r\n"
                        + "Set-Cookie: b=2\r\nContent-Length: 0\r\n\r\n");
                var proxy = TestProxy.before(backend)) {
            var response = proxy.get("/");
            assertThat(response.startLine()).isEqualTo("HTTP/1.1 418 Short And Stout");
            assertThat(response.headers("Set-Cookie")).containsExactly("a=1", "b=2");
        }
    }

    @Test
    void tells_the_backend_about_the_client() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(String.join("\n", request.headerLines())));
                var proxy = TestProxy.before(backend)) {
            assertThat(proxy.get("/").body())
                    .contains("X-Forwarded-For: 127.0.0.1\n")
                    .contains("X-Forwarded-Proto: http\n")
                    .contains("X-Forwarded-Host: test\n")
                    .contains("X-Forwarded-Port: 80\n")
                    .contains("X-Real-IP: 127.0.0.1\n")
                    .containsPattern("X-Request-Id: [0-9a-f]{32}\n")
                    .containsPattern("X-Request-Start: t=[0-9]{13}");
        }
    }

    @Test
    void replaces_what_an_untrusted_client_says_about_itself() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(String.join("\n", request.headerLines())));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n"
                    + "X-Forwarded-Host: evil\r\nX-Request-Id: mine\r\n\r\n");
            assertThat(client.read().body())
                    .contains("X-Forwarded-For: 127.0.0.1")
                    .doesNotContain("6.6.6.6", "https", "evil", "mine");
        }
    }

    /** Sends these headers and tells which of them, and with which values, the backend gets besides those of every request. */
    private static Message received(UnaryOperator<TestOptions> changes, String start, String headers) throws Exception {
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.set(request);
                    return ok("");
                });
                var proxy = TestProxy.start(changes).to(backend);
                var client = proxy.connect()) {
            client.send(start + " HTTP/1.1\r\nHost: test\r\n" + headers.replace("|", "\r\n") + "\r\n")
                    .read();
        }
        return received.get();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X-Real-IP",
                "X-Forwarded-For",
                "x-forwarded-port",
                "X-Forwarded-Ssl",
                "X-Forwarded-Scheme",
                "X-Forwarded-Prefix",
                "X-Forwarded-Server",
                "X-Forwarded-User",
                "X-FORWARDED",
                "Forwarded",
                "True-Client-IP",
                "CF-Connecting-IP",
                "X-Original-URL",
                "X-Rewrite-URL",
                "X-Client-Cert",
                "Client-Cert-Chain",
                "X-SSL-Client-Verify",
                "X-Wunderproxy-Fallback",
                "X-Request-Start",
                "Proxy",
                "X_Forwarded_For",
                "X-Forwarded_Proto",
                "X.Forwarded.For",
                "X~Real!IP",
                "Transfer_Encoding",
                "Content_Length",
                "Content.Length",
                "Any_Name",
            })
    void drops_what_only_a_proxy_may_say_in_whatever_spelling(String name) throws Exception {
        assertThat(received(options -> options, "GET /", name + ": forged|").headerLines())
                .noneMatch(line -> line.contains("forged"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"X_Forwarded_For", "X-Forwarded_Proto", "Transfer_Encoding", "Content_Length", "X_Real-IP"})
    void drops_names_that_could_be_taken_for_those_of_a_proxy_also_with_underscores_allowed(String name)
            throws Exception {
        for (var trusted : List.of(List.<String>of(), List.of("127.0.0.1"))) {
            var request = received(
                    options -> options.underscoreHeaders(true).trustedProxies(trusted), "GET /", name + ": forged|");
            assertThat(request.headers(name)).isEmpty();
        }
    }

    @Test
    void forwards_names_with_underscores_when_asked() throws Exception {
        var lines = "Any_Name: 1|X-Dot.Name: 2|";
        assertThat(received(options -> options, "GET /", lines).headerLines())
                .contains("X-Dot.Name: 2")
                .doesNotContain("Any_Name: 1");
        assertThat(received(options -> options.underscoreHeaders(true), "GET /", lines)
                        .headerLines())
                .contains("X-Dot.Name: 2", "Any_Name: 1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"X-Forwarded-Ssl", "X-Forwarded-Port", "X-Forwarded-Prefix", "True-Client-IP", "X-Client-Cert"})
    void keeps_the_other_headers_of_a_trusted_proxy(String name) throws Exception {
        assertThat(received(options -> options.trustedProxies(List.of("127.0.0.1")), "GET /", name + ": forged|")
                        .headers(name))
                .containsExactly("forged");
    }

    @Test
    void says_the_same_host_everywhere_for_a_target_that_is_a_url() throws Exception {
        var request = received(options -> options.forwardedHeader(true), "GET http://shop.example:81/a", "");
        assertThat(request.target()).isEqualTo("/a");
        assertThat(request.headers("Host")).containsExactly("shop.example:81");
        assertThat(request.headers("X-Forwarded-Host")).containsExactly("shop.example:81");
        assertThat(request.headers("X-Forwarded-Port")).containsExactly("81");
        assertThat(request.headers("Forwarded").getFirst()).contains("host=\"shop.example:81\"");
    }

    @Test
    void drops_the_same_of_an_http2_client() throws Exception {
        var received = new CompletableFuture<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.complete(request);
                    return ok("");
                });
                var proxy = TestProxy.before(backend);
                var client = Http2Wire.connect(proxy)) {
            client.addHeaders(
                            1,
                            Http2Wire.END_HEADERS | Http2Wire.END_STREAM,
                            ":method",
                            "GET",
                            ":scheme",
                            "http",
                            ":path",
                            "/",
                            ":authority",
                            "a:82",
                            "x-real-ip",
                            "forged",
                            "x_forwarded_for",
                            "forged",
                            "true-client-ip",
                            "forged")
                    .flush();
            var message = received.get(20, TimeUnit.SECONDS);
            assertThat(message.headerLines()).noneMatch(line -> line.contains("forged"));
            assertThat(message.headers("X-Real-IP")).containsExactly("127.0.0.1");
            assertThat(message.headers("X-Forwarded-Port")).containsExactly("82");
        }
    }

    @Test
    void keeps_what_a_trusted_proxy_says() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(String.join("\n", request.headerLines())));
                var proxy = TestProxy.start(options -> options.trustedProxies(List.of("127.0.0.0/8")))
                        .to(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: test\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\n"
                    + "X-Forwarded-Host: shop.example\r\nX-Request-Id: abc\r\n\r\n");
            assertThat(client.read().body())
                    .contains("X-Forwarded-For: 6.6.6.6, 127.0.0.1")
                    .contains("X-Forwarded-Proto: https", "X-Forwarded-Host: shop.example", "X-Request-Id: abc")
                    .contains("X-Forwarded-Port: 443", "X-Real-IP: 6.6.6.6");
        }
    }

    @Test
    void sends_the_standard_header_too_when_asked() throws Exception {
        var request = "GET / HTTP/1.1\r\nHost: shop.example:81\r\nForwarded: for=6.6.6.6\r\n\r\n";
        try (var backend = TestBackend.responding(
                received -> ok(received.headers("Forwarded").toString()))) {
            try (var proxy = TestProxy.start(options -> options.forwardedHeader(true))
                            .to(backend);
                    var client = proxy.connect()) {
                assertThat(client.send(request).read().body())
                        .isEqualTo("[for=127.0.0.1;host=\"shop.example:81\";proto=http]");
            }
            try (var proxy = TestProxy.start(
                                    options -> options.forwardedHeader(true).trustedProxies(List.of("127.0.0.1")))
                            .to(backend);
                    var client = proxy.connect()) {
                assertThat(client.send(request).read().body())
                        .isEqualTo("[for=6.6.6.6, for=127.0.0.1;host=\"shop.example:81\";proto=http]");
            }
            try (var proxy = TestProxy.before(backend);
                    var client = proxy.connect()) {
                assertThat(client.send(request).read().body()).isEqualTo("[]");
            }
        }
    }

    @Test
    void tells_the_backend_at_once_when_the_client_has_closed_its_half() throws Exception {
        var noticed = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    if (connection.isClosedByPeer()) {
                        noticed.countDown();
                    }
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/");
            client.socket.shutdownOutput();
            Patience.await(noticed);
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void uses_no_connection_again_whose_other_half_is_closed() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(ok("x"));
                    connection.socket.shutdownOutput();
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 3; i++) {
                assertThat(client.post("/", "a").read().status()).isEqualTo(200);
            }
            await().until(() -> backend.open() == 0);
            assertThat(proxy.stats.snapshot().backendConnections())
                    .containsEntry("idle", 0L)
                    .containsEntry("active", 0L);
        }
    }

    @Test
    void removes_hop_by_hop_headers_in_both_directions() throws Exception {
        var received = new AtomicReference<Message>();
        try (var backend = TestBackend.responding(request -> {
                    received.set(request);
                    return "HTTP/1.1 200 OK\r\nConnection: X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=9\r\n"
                            + "X-Public: 1\r\nContent-Length: 0\r\n\r\n";
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: test\r\nConnection: keep-alive, X-Secret, Host\r\nX-Secret: 1\r\n"
                    + "Keep-Alive: 300\r\nProxy-Connection: keep-alive\r\nTE: gzip\r\nX-Open: 1\r\n\r\n");
            var response = client.read();
            assertThat(received.get().headers("Connection")).isEmpty();
            assertThat(received.get().headers("Keep-Alive")).isEmpty();
            assertThat(received.get().headers("Proxy-Connection")).isEmpty();
            assertThat(received.get().headers("TE")).isEmpty();
            assertThat(received.get().headers("X-Secret")).isEmpty();
            assertThat(received.get().headers("X-Open")).containsExactly("1");
            assertThat(received.get().headers("Host")).containsExactly("test");
            assertThat(response.headers("X-Private")).isEmpty();
            assertThat(response.headers("Connection")).isEmpty();
            assertThat(response.headers("Keep-Alive")).isEmpty();
            assertThat(response.headers("X-Public")).containsExactly("1");
        }
    }

    @Test
    void forwards_a_body_with_length() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            assertThat(client.post("/", "hello").read().body()).isEqualTo("hello");
            assertThat(client.post("/", "again").read().body()).isEqualTo("again");
        }
    }

    @Test
    void forwards_a_chunked_body() throws Exception {
        try (var backend = TestBackend.responding(request ->
                        ok(request.body() + request.headers("Transfer-Encoding") + request.headers("Content-Length")));
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n"
                    + "3;x=y\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("abcde[chunked][]");
            client.send("POST / HTTP/1.1\r\nHost: test\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("[chunked][]");
        }
    }

    @Test
    void forwards_a_chunked_response_with_its_trailers() throws Exception {
        try (var backend = TestBackend.responding(request -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n"
                        + "Trailer: X-Sum\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\nX-Sum: 42\r\n\r\n");
                var proxy = TestProxy.before(backend)) {
            var response = proxy.get("/");
            assertThat(response.body()).isEqualTo("abcde");
            assertThat(response.trailerLines()).containsExactly("X-Sum: 42");
        }
    }

    @Test
    void chunks_a_response_that_ends_with_the_backends_connection() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.0 200 OK\r\n\r\nabc");
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            var response = client.get("/").read();
            assertThat(response.body()).isEqualTo("abc");
            assertThat(response.header("Transfer-Encoding")).contains("chunked");
            assertThat(client.get("/").read().body()).isEqualTo("abc");
        }
    }

    @Test
    void streams_a_response_without_length_to_an_http10_client() throws Exception {
        var headIsRead = new CountDownLatch(1);
        for (var framing : new String[] {"", "Transfer-Encoding: chunked\r\n"}) {
            try (var backend = TestBackend.running(connection -> {
                        connection.read();
                        connection.send("HTTP/1.1 200 OK\r\n" + framing + "\r\n");
                        Patience.await(headIsRead);
                        connection.send(framing.isEmpty() ? "abc" : "3\r\nabc\r\n0\r\n\r\n");
                    });
                    var proxy = TestProxy.before(backend);
                    var client = proxy.connect()) {
                client.send("GET / HTTP/1.0\r\n\r\n");
                assertThat(client.readHead().status()).isEqualTo(200);
                headIsRead.countDown();
                assertThat(new String(client.in.readAllBytes())).isEqualTo("abc");
            }
        }
    }

    @Test
    void ends_a_response_of_unknown_length_to_an_http10_client_by_closing() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
            var response = client.read();
            assertThat(response.header("Transfer-Encoding")).isEmpty();
            assertThat(response.body()).isEqualTo("abc");
        }
    }

    @Test
    void forwards_the_head_of_a_response_to_head_as_it_is() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    for (var request = connection.read(); request != null; request = connection.read()) {
                        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 1234\r\n\r\n");
                    }
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 2; i++) {
                client.send("HEAD / HTTP/1.1\r\nHost: test\r\n\r\n");
                assertThat(client.readHead().header("Content-Length")).contains("1234");
            }
            assertThat(backend.accepted()).isOne();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {204, 304})
    void forwards_responses_that_have_no_body(int status) throws Exception {
        try (var backend = TestBackend.responding(request -> "HTTP/1.1 " + status + " X\r\nETag: \"a\"\r\n\r\n");
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            for (var i = 0; i < 2; i++) {
                var response = client.get("/").readHead();
                assertThat(response.status()).isEqualTo(status);
                assertThat(response.header("ETag")).contains("\"a\"");
                assertThat(response.header("Content-Length")).isEmpty();
                assertThat(response.header("Transfer-Encoding")).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET 304 Not Modified", "HEAD 200 OK"})
    void invents_no_length_of_a_response_without_a_body(String kind) throws Exception {
        var words = kind.split(" ", 2);
        try (var backend = TestBackend.responding(request -> "HTTP/1.1 " + words[1] + "\r\n\r\n");
                var proxy = TestProxy.before(backend);
                var client = proxy.connect();
                var http2 = Http2Wire.connect(proxy)) {
            client.send(words[0] + " / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().header("Content-Length")).isEmpty();
            http2.addRequest(1, words[0], "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                    .flush();
            assertThat(http2.readHeaders()).doesNotContainKey("content-length");
        }
    }

    @Test
    void says_of_no_length_of_a_response_that_can_have_none() throws Exception {
        for (var length : List.of("", "Content-Length: 0\r\n")) {
            try (var backend = TestBackend.responding(request -> "HTTP/1.1 204 No Content\r\n" + length + "\r\n");
                    var proxy = TestProxy.before(backend);
                    var client = proxy.connect();
                    var http2 = Http2Wire.connect(proxy)) {
                for (var version : List.of("1.1", "1.0")) {
                    client.send("GET / HTTP/" + version + "\r\nHost: a\r\nConnection: keep-alive\r\n\r\n");
                    var response = client.readHead();
                    assertThat(response.status()).isEqualTo(204);
                    assertThat(response.header("Content-Length")).isEmpty();
                }
                http2.addRequest(1, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                        .flush();
                assertThat(http2.readHeaders()).containsEntry(":status", "204").doesNotContainKey("content-length");
            }
        }
    }

    @Test
    void responds_to_pipelined_requests_in_their_order() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.target()));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("GET /1 HTTP/1.1\r\nHost: a\r\n\r\nPOST /2 HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc"
                    + "GET /3 HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("/1");
            assertThat(client.read().body()).isEqualTo("/2");
            assertThat(client.read().body()).isEqualTo("/3");
        }
    }

    @Test
    void forwards_each_part_of_a_response_at_once() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                    Patience.await(go);
                    connection.send("data: 2\n\n");
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readText(14)).isEqualTo("9\r\ndata: 1\n\n\r\n");
            go.countDown();
            assertThat(client.readText(14)).isEqualTo("9\r\ndata: 2\n\n\r\n");
            assertThat(client.readText(5)).isEqualTo("0\r\n\r\n");
        }
    }

    @Test
    void forwards_the_head_of_a_response_before_its_body_begins() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n");
                    Patience.await(go);
                    connection.send("ok");
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            assertThat(client.get("/").readHead().status()).isEqualTo(200);
            go.countDown();
            assertThat(client.readText(2)).isEqualTo("ok");
        }
    }

    @Test
    void forwards_the_head_of_a_request_before_its_body_begins() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 100 Continue\r\n\r\n");
                    connection.send(ok(connection.readText(5)));
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(100);
            client.send("hello");
            assertThat(client.read().body()).isEqualTo("hello");
        }
    }

    @Test
    void forwards_a_refusal_instead_of_100_continue() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: test\r\nExpect: 100-continue\r\nContent-Length: 500000\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(417);
        }
    }

    @Test
    void forwards_early_hints() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n" + ok("done"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            var hints = client.get("/").readHead();
            assertThat(hints.status()).isEqualTo(103);
            assertThat(hints.header("Link")).contains("</a.css>; rel=preload");
            assertThat(client.read().body()).isEqualTo("done");
        }
    }

    @Test
    void delivers_a_response_that_comes_before_the_end_of_the_body() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send("HTTP/1.1 413 Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: 100000000\r\n\r\nabc");
            var response = client.read();
            assertThat(response.status()).isEqualTo(413);
            assertThat(response.body()).isEqualTo("no");
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
        }
    }

    @Test
    void cuts_the_client_off_when_the_response_is_cut_off() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc");
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readText(10)).isEqualTo("abc");
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
        }
    }

    @Test
    void tells_the_backend_at_once_when_the_client_goes_away() throws Exception {
        var arrived = new CountDownLatch(1);
        var noticed = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    arrived.countDown();
                    if (connection.isClosedByPeer()) {
                        noticed.countDown();
                    }
                });
                var proxy = TestProxy.before(backend)) {
            var client = proxy.connect();
            client.get("/");
            Patience.await(arrived);
            client.abort();
            Patience.await(noticed);
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            assertThat(proxy.stats.snapshot().sinceStart().clientAborts()).isOne();
        }
    }

    @Test
    void holds_the_backend_back_when_the_client_reads_slowly() throws Exception {
        var sent = new AtomicLong();
        var size = 256 * 1024 * 1024L;
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: " + size + "\r\n\r\n");
                    for (var piece = new byte[64 * 1024]; sent.get() < size; sent.addAndGet(piece.length)) {
                        connection.send(piece);
                    }
                });
                var proxy = TestProxy.start(options -> options.responseDisk(0)).to(backend);
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(size / 4);
            client.in.skipNBytes(size);
        }
    }

    @Test
    void holds_the_client_back_when_the_backend_reads_slowly() throws Exception {
        var sent = new AtomicLong();
        var go = new CountDownLatch(1);
        var size = 256 * 1024 * 1024L;
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    Patience.await(go);
                    connection.in.skipNBytes(size);
                    connection.send(ok("got it"));
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: test\r\nContent-Length: " + size + "\r\n\r\n");
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
            assertThat(sent.get()).isLessThan(size / 4);
            go.countDown();
            assertThat(client.read().body()).isEqualTo("got it");
            sender.join();
        }
    }
}
