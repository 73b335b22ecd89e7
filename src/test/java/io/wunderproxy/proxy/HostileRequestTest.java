package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.rules.NoBackendReason;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests that are wrong, dangerous or too much: refused, the connection closed, and never forwarded. */
@OnEveryLane
class HostileRequestTest {
    private static final AtomicInteger FORWARDED = new AtomicInteger();
    private static TestBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        backend = TestBackend.responding(request -> {
            FORWARDED.incrementAndGet();
            return ok(request.target());
        });
        proxy = TestProxy.before(backend);
    }

    @AfterAll
    static void stop() throws Exception {
        proxy.close();
        backend.close();
    }

    private static void assertRefused(int status, String request) throws Exception {
        var before = FORWARDED.get();
        try (var client = proxy.connect()) {
            client.send(request.replace("|", "\r\n"));
            var response = client.read();
            assertThat(response.status()).isEqualTo(status);
            assertThat(response.header("Connection")).contains("close");
            assertThat(client.isClosedByPeer()).isTrue();
        }
        assertThat(FORWARDED).hasValue(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1|Host: a|Content-Length: 3|Transfer-Encoding: chunked||0||",
                "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked|Content-Length: 3||0||",
                "POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 4||abcd",
                "POST / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 3||abc",
                "POST / HTTP/1.1|Host: a|Content-Length: 3, 3||abc",
                "POST / HTTP/1.1|Host: a|Content-Length: +3||abc",
                "POST / HTTP/1.1|Host: a|Content-Length: -3||abc",
                "POST / HTTP/1.1|Host: a|Content-Length: 0x3||abc",
                "POST / HTTP/1.1|Host: a|Transfer-Encoding: chunked, gzip||0||",
                "POST / HTTP/1.0|Host: a|Transfer-Encoding: chunked||0||",
            })
    void refuses_an_unclear_body_length(String request) throws Exception {
        assertRefused(400, request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "POST / HTTP/1.1|Host: a|Transfer-Encoding: gzip||abc",
                "POST / HTTP/1.1|Host: a|Transfer-Encoding: gzip, chunked||0||",
                "POST / HTTP/1.1|Host: a|Transfer-Encoding: identity||",
            })
    void refuses_unknown_transfer_codings(String request) throws Exception {
        assertRefused(501, request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1|Host: a|X-A: 1|  folded||",
                "GET / HTTP/1.1|Host: a|X-A: 1|\tfolded||",
                "GET / HTTP/1.1| Host: a||",
                "GET / HTTP/1.1|Host: a\nX-A: 1||",
                "GET / HTTP/1.1\nHost: a\n\n",
                "GET / HTTP/1.1|Host: a|X-A: b\0c||",
                "GET / HTTP/1.1|Host: a|X-A: b\rc||",
                "GET / HTTP/1.1|Host: a|X-A : 1||",
                "GET / HTTP/1.1|Host: a|X A: 1||",
                "GET / HTTP/1.1|Host: a|: 1||",
                "GET / HTTP/1.1|Host: a|no colon||",
                "GET /\0 HTTP/1.1|Host: a||",
                "GET  / HTTP/1.1|Host: a||",
                "GET /  HTTP/1.1|Host: a||",
                "GET\t/ HTTP/1.1|Host: a||",
                "GET /a b HTTP/1.1|Host: a||",
                " GET / HTTP/1.1|Host: a||",
                "GET /|Host: a||",
                "GET / HTTP/1.1 |Host: a||",
                "GET / XTTP/1.1|Host: a||",
                "G@T / HTTP/1.1|Host: a||",
                "GET path HTTP/1.1|Host: a||",
                "GET * HTTP/1.1|Host: a||",
                "GET ftp://a/ HTTP/1.1|Host: a||",
                "GET /\u00c3\u00a4 HTTP/1.1|Host: a||",
                "GET /?\u0080 HTTP/1.1|Host: a||",
                "GET http://x\";for=1.2.3.4;by=\"y/ HTTP/1.1|Host: a||",
                "GET http://user@x/ HTTP/1.1|Host: a||",
                "GET http://x,y/ HTTP/1.1|Host: a||",
                "GET http://x:y/ HTTP/1.1|Host: a||",
                "GET http:///a HTTP/1.1|Host: a||",
                "GET http://?a HTTP/1.1|Host: a||",
                "GET http://:80/ HTTP/1.1|Host: a||",
                "GET http://#a HTTP/1.1|Host: a||",
                "GET /a#b HTTP/1.1|Host: a||",
                "GET /?a#b HTTP/1.1|Host: a||",
                "GET http://a/#b HTTP/1.1|Host: a||",
            })
    void refuses_an_invalid_head(String request) throws Exception {
        assertRefused(400, request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HEAD / HTTP/1.1|Host: a|X-A: 1|  folded||",
                "HEAD / HTTP/1.1|Host: a|: 1||",
                "HEAD / HTTP/1.1|Host: a|X A: 1||",
                "HEAD / HTTP/1.1|Host: a|X-A: b\0c||",
                "HEAD / HTTP/1.1|Host: a|Host: a||",
                "HEAD / HTTP/1.1|Host: a|Content-Length: 3|Content-Length: 4||",
                "HEAD / HTTP/1.2|Host: a||",
                "HEAD /a b HTTP/1.1|Host: a||",
                "||HEAD /a b HTTP/1.1|Host: a||",
                "HEAD /|",
                "HEAD /a#b HTTP/1.1|Host: a||",
            })
    void sends_no_body_to_head_that_is_refused(String request) throws Exception {
        try (var client = proxy.connect()) {
            client.send(request.replace("|", "\r\n"));
            assertThat(client.readHead().status()).isBetween(400, 599);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\r", "\t", " ", "\n ", "\0"})
    void refuses_what_is_no_line_before_the_first_request(String before) throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(before + "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(400);
            assertThat(backend.accepted()).isZero();
        }
    }

    @Test
    void ignores_an_empty_line_before_the_first_request() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().status()).isEqualTo(200);
        }
    }

    @Test
    void sends_no_body_to_head_that_is_too_long_or_too_slow() throws Exception {
        try (var client = proxy.connect()) {
            client.send("HEAD /" + "x".repeat(9000));
            assertThat(client.readHead().status()).isEqualTo(414);
            assertThat(client.isClosedByPeer()).isTrue();
        }
        try (var strict = TestProxy.start(options -> options.headTimeout(Duration.ofMillis(50)))
                        .to(backend);
                var client = strict.connect()) {
            client.send("HEAD / HTTP/1.1\r\nHost:");
            assertThat(client.readHead().status()).isEqualTo(408);
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "GET / HTTP/1.1||",
                "GET / HTTP/1.1|Host: a|Host: a||",
                "GET / HTTP/1.1|Host: a/b||",
                "GET / HTTP/1.1|Host: a, b||",
                "GET / HTTP/1.1|Host: user@a||",
                "GET / HTTP/1.1|Host: a:b||",
                "GET / HTTP/1.1|Host: a:80:80||",
                "GET / HTTP/1.1|Host: a:65536||",
                "GET / HTTP/1.1|Host: []||",
            })
    void refuses_a_request_without_one_valid_host(String request) throws Exception {
        assertRefused(400, request);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "X||",
                "5|hell0", // no line end after the chunk
                "5;a=\n|hello|0||",
                "-1|||",
                "80000000|",
            })
    void refuses_an_invalid_chunk(String chunks) throws Exception {
        for (var buffering : new boolean[] {true, false}) {
            try (var strict = TestProxy.start(options -> options.requestBuffer(buffering))
                            .to(backend);
                    var client = strict.connect()) {
                client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
                        + chunks.replace("|", "\r\n") + "XXXXXXXXXXXXXXXX");
                var response = client.read();
                assertThat(response.status()).isEqualTo(400);
                assertThat(response.header("Connection")).contains("close");
                await().until(() -> strict.active.leases(backend.backend()) == 0);
                assertThat(strict.stats.snapshot().refusals()).containsEntry(Refusal.MALFORMED, 1L);
                assertThat(strict.stats.snapshot().sinceStart().clientAborts()).isZero();
            }
        }
    }

    @Test
    void closes_the_connection_if_the_body_turns_out_invalid_after_the_response() throws Exception {
        try (var early = TestBackend.running(connection -> {
                    connection.readHead();
                    connection.send(ok("early"));
                    connection.isClosedByPeer();
                });
                var streaming = TestProxy.streamingTo(early);
                var client = streaming.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n");
            assertThat(client.read().body()).isEqualTo("early");
            client.send("X\r\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.isClosedByPeer()).isTrue();
            assertThat(early.accepted()).isOne();
        }
    }

    @Test
    void refuses_methods_that_are_not_for_an_application() throws Exception {
        assertRefused(405, "TRACE / HTTP/1.1|Host: a||");
        assertRefused(501, "CONNECT a:443 HTTP/1.1|Host: a:443||");
    }

    @ParameterizedTest
    @CsvSource({"HTTP/1.2", "HTTP/2.0", "HTTP/0.9", "HTTP/3.0"})
    void refuses_unknown_versions(String version) throws Exception {
        assertRefused(505, "GET / " + version + "|Host: a||");
    }

    @Test
    void refuses_what_is_too_long() throws Exception {
        assertRefused(414, "GET /" + "x".repeat(9000) + " HTTP/1.1|Host: a||");
        assertRefused(431, "GET / HTTP/1.1|Host: a|X: " + "x".repeat(40_000) + "||");
        assertRefused(431, "GET / HTTP/1.1|Host: a|" + "X: y|".repeat(200) + "|");
    }

    @Test
    void refuses_a_length_that_no_body_can_have_even_without_a_limit() throws Exception {
        try (var unlimited = TestProxy.start(
                                options -> options.requestBuffer(false).maxRequestBody(Long.MAX_VALUE))
                        .to(backend);
                var client = unlimited.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: " + Long.MAX_VALUE + "\r\n\r\nabc");
            assertThat(client.read().status()).isEqualTo(413);
        }
    }

    @Test
    void refuses_a_body_above_the_limit() throws Exception {
        try (var small = TestProxy.start(options -> options.maxRequestBody(10)).to(backend)) {
            for (var request : new String[] {
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890",
                "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n01234\r\n6\r\n567890\r\n0\r\n\r\n"
            }) {
                try (var client = small.connect()) {
                    assertThat(client.send(request).read().status()).isEqualTo(413);
                }
            }
            try (var client = small.connect()) {
                assertThat(client.post("/", "0123456789").read().status()).isEqualTo(200);
            }
            await().until(() -> small.active.leases(backend.backend()) == 0);
        }
    }

    @Test
    void forwards_the_other_forms_of_a_target() throws Exception {
        try (var client = proxy.connect()) {
            client.send("OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("*");
            client.send("OPTIONS http://shop.example HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("*");
            client.send("OPTIONS http://shop.example/ HTTP/1.1\r\nHost: a\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("/");
            client.send("GET http://shop.example?a=b HTTP/1.1\r\nHost: other\r\n\r\n");
            assertThat(client.read().body()).isEqualTo("/?a=b");
        }
    }

    @Test
    void refuses_requests_above_the_limit_until_there_is_room() throws Exception {
        var go = new CountDownLatch(1);
        try (var slow = TestBackend.responding(request -> {
                    Patience.await(go);
                    return ok("x");
                });
                var full = TestProxy.start(options -> options.maxRequests(1)).to(slow);
                var first = full.connect();
                var second = full.connect()) {
            first.get("/");
            await().until(() -> full.active.leases(slow.backend()) == 1);
            var refused = second.get("/").read();
            assertThat(refused.status()).isEqualTo(503);
            assertThat(refused.header("Retry-After")).contains("1");
            go.countDown();
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.get("/").read().status()).isEqualTo(200);
        }
    }

    @Test
    void refuses_connections_above_the_limit_until_there_is_room() throws Exception {
        try (var full = TestProxy.start(options -> options.maxConnections(1)).to(backend)) {
            try (var first = full.connect()) {
                assertThat(first.get("/").read().status()).isEqualTo(200);
                try (var second = full.connect()) {
                    var refused = second.read();
                    assertThat(refused.status()).isEqualTo(503);
                    assertThat(refused.header("Retry-After")).contains("1");
                }
                assertThat(first.get("/").read().status()).isEqualTo(200);
            }
            await().until(() -> full.get("/").status() == 200);
        }
    }

    @Test
    void cuts_off_a_client_that_sends_its_head_too_slowly() throws Exception {
        try (var strict = TestProxy.start(options -> options.headTimeout(Duration.ofMillis(100)))
                        .to(backend);
                var slow = strict.connect();
                var silent = strict.connect()) {
            slow.send("GET / HTTP/1.1\r\nHost: a\r\nX-A");
            assertThat(slow.read().status()).isEqualTo(408);
            assertThat(silent.isClosedByPeer()).isTrue();
        }
    }

    @Test
    void cuts_off_a_client_that_stops_sending_its_body() throws Exception {
        try (var strict = TestProxy.start(options -> options.bodyTimeout(Duration.ofMillis(100)))
                        .to(backend);
                var slow = strict.connect()) {
            slow.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nabc");
            assertThat(slow.read().status()).isEqualTo(408);
            await().until(() -> strict.active.leases(backend.backend()) == 0);
        }
    }

    @Test
    void keeps_a_client_that_sends_its_body_slowly_but_keeps_sending() throws Exception {
        var parts = 5;
        var arrived = new Semaphore(0);
        try (var counting = TestBackend.running(connection -> {
                    connection.readHead();
                    for (var i = 0; i < parts; i++) {
                        connection.readText(1);
                        arrived.release();
                    }
                    connection.send(ok("all of it"));
                });
                var patient = TestProxy.start(
                                options -> options.requestBuffer(false).bodyTimeout(Duration.ofHours(1)))
                        .to(counting);
                var slow = patient.connect()) {
            slow.send("POST /slow HTTP/1.1\r\nHost: a\r\nContent-Length: " + parts + "\r\n\r\n");
            for (var i = 1; i < parts; i++) {
                slow.send("x");
                await().until(arrived::tryAcquire);
                patient.pass(Duration.ofMinutes(50));
            }
            slow.send("x");
            assertThat(slow.read().body()).isEqualTo("all of it");
        }
    }

    @Test
    void cuts_off_a_client_that_stops_reading() throws Exception {
        try (var endless = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\n\r\n");
                    for (var piece = new byte[64 * 1024]; ; ) {
                        connection.send(piece);
                    }
                });
                var strict = TestProxy.start(options -> options.bodyTimeout(Duration.ofMillis(100)))
                        .to(endless);
                var slow = strict.connect()) {
            slow.get("/");
            await().until(() -> endless.accepted() == 1 && endless.open() == 0);
            await().until(() -> strict.active.leases(endless.backend()) == 0);
        }
    }

    @Test
    void keeps_a_client_that_reads_slowly_but_keeps_reading() throws Exception {
        // More than the sockets hold, so that the proxy has written the rest of the part when the client has read it.
        var part = 8 * 1024 * 1024;
        var parts = 5;
        try (var large = TestBackend.responding(request -> ok("x".repeat(parts * part)));
                var strict = TestProxy.start(options -> options.bodyTimeout(Duration.ofHours(1))
                                .responseTimeout(Duration.ofHours(1))
                                .responseBuffer(4 * 1024 * 1024))
                        .to(large);
                var slow = strict.connect()) {
            slow.socket.setReceiveBufferSize(64 * 1024);
            slow.get("/");
            slow.readHead();
            for (var i = 1; i < parts; i++) {
                slow.in.skipNBytes(part);
                strict.pass(Duration.ofMinutes(50));
            }
            slow.in.skipNBytes(part);
            assertThat(slow.get("/").readHead().status()).isEqualTo(200);
        }
    }

    /** What a client sends ahead of its turn waits in its own machine, not here. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void does_not_read_a_connection_whose_next_request_has_to_wait(boolean firstComesAlone) throws Exception {
        var sent = new AtomicLong();
        var size = 64 * 1024 * 1024L;
        var request = ("GET / HTTP/1.1\r\nHost: a\r\nX-Pad: " + "x".repeat(20_000) + "\r\n\r\n").getBytes(US_ASCII);
        try (var plain = TestProxy.before(backend);
                var client = plain.connect()) {
            plain.gate.pause(Duration.ofMinutes(1), 10);
            if (firstComesAlone) {
                client.send(request);
                await().until(() -> plain.gate.waiting() == 1);
            }
            var sender = Thread.ofVirtual().start(() -> {
                try {
                    for (; sent.get() < size; sent.addAndGet(request.length)) {
                        client.send(request);
                    }
                } catch (IOException over) {
                    // The test is over.
                }
            });
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(size / 2);
            assertThat(plain.gate.waiting()).isOne();
            plain.gate.resume();
            for (var i = 0; i < 1000; i++) {
                assertThat(client.read().status()).isEqualTo(200);
            }
            client.close();
            sender.join();
        }
    }

    @Test
    void counts_refusals_by_their_reason() throws Exception {
        try (var small = TestProxy.start(options -> options.maxRequestBody(10)).to(backend)) {
            for (var request : new String[] {
                "GET / HTTP/1.1\r\n\r\n",
                "TRACE / HTTP/1.1\r\nHost: a\r\n\r\n",
                "GET /" + "x".repeat(9000) + " HTTP/1.1\r\nHost: a\r\n\r\n",
                "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n01234567890"
            }) {
                try (var client = small.connect()) {
                    client.send(request).read();
                }
            }
            small.active.switchTo(TestBackend.notListening());
            small.get("/");
            small.active.clear(NoBackendReason.NOT_CONFIGURED);
            small.get("/");
            assertThat(small.stats.snapshot().refusals())
                    .containsEntry(Refusal.MALFORMED, 1L)
                    .containsEntry(Refusal.METHOD, 1L)
                    .containsEntry(Refusal.HEAD_TOO_LARGE, 1L)
                    .containsEntry(Refusal.BODY_TOO_LARGE, 1L)
                    .containsEntry(Refusal.BACKEND_UNREACHABLE, 1L)
                    .containsEntry(Refusal.NO_BACKEND, 1L)
                    .containsEntry(Refusal.BACKEND_SLOW, 0L);
        }
    }

    @Test
    void closes_a_client_connection_that_is_idle_for_too_long() throws Exception {
        try (var strict = TestProxy.start(options -> options.clientIdle(Duration.ofMillis(1)))
                        .to(backend);
                var client = strict.connect()) {
            client.get("/").read();
            assertThat(client.isClosedByPeer()).isTrue();
        }
    }
}
