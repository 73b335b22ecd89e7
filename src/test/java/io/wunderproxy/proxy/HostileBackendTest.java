package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.rules.Refusal;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Responses of a backend that are no HTTP, or too much of it. */
@OnEveryLane
class HostileBackendTest {
    @ParameterizedTest
    @CsvSource(
            delimiter = '#',
            value = {
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip||abc # Transfer-Encoding is not just 'chunked'",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip|Content-Length: 3||abc # Transfer-Encoding is not just 'chunked'",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip, chunked||3|abc|0|| # Transfer-Encoding is not just 'chunked'",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked, chunked||3|abc|0|| # Transfer-Encoding is not just 'chunked'",
                "HTTP/1.1 200 OK|Transfer-Encoding: gzip|Transfer-Encoding: chunked||0|| # is not just 'chunked'",
                "HTTP/1.1 200 OK|Transfer-Encoding: identity||abc # Transfer-Encoding is not just 'chunked'",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked|Content-Length: 3||3|abc|0|| # both Content-Length and Transfer",
                "HTTP/1.0 200 OK|Transfer-Encoding: chunked||3|abc|0|| # is of HTTP/1.0",
                "HTTP/1.1 200 OK|Content-Length: 3|Content-Length: 4||abcd # more than one Content-Length",
                "HTTP/1.1 200 OK|Content-Length: 3|Content-Length: 3||abc # more than one Content-Length",
                "HTTP/1.0 200 OK|Content-Length: 3|Content-Length: 4||abcd # more than one Content-Length",
                "HTTP/1.0 200 OK|Connection: keep-alive|Content-Length: 3|Content-Length: 3||abc # more than one Content-Length",
                "HTTP/1.1 200 OK|Content-Length: x||abc # Content-Length is not a number",
                "HTTP/1.1 200 OK|Content-Length: -1||abc # Content-Length is not a number",
                "HTTP/1.1 200 OK|Transfer-Encoding: chunked||x|abc|0|| # a chunk of it can't be read",
                "HTTP/1.1 99 Low|Content-Length: 0|| # status is not a number from 100 to 999",
                "HTTP/1.1 000 Zero|Content-Length: 0|| # status is not a number from 100 to 999",
                "HTTP/1.1 1000 High|Content-Length: 0|| # status is not a number from 100 to 999",
                "HTTP/1.1 +20 Sign|Content-Length: 0|| # status is not a number from 100 to 999",
                "HTTP/1.1 -20 Sign|Content-Length: 0|| # status is not a number from 100 to 999",
                "HTTP/2.0 200 OK|Content-Length: 0|| # does not begin with HTTP/1.1",
                "ICY 200 OK|Content-Length: 0|| # does not begin with HTTP/1.1",
                "SSH-2.0-OpenSSH_9.6| # does not begin with HTTP/1.1",
            })
    void what_is_no_http_is_reported(String response, String reason) throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(response.replace("|", "\r\n"));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend)) {
            var got = proxy.get("/");
            assertThat(got.status()).isEqualTo(502);
            assertThat(got.body())
                    .startsWith("the application's response is not valid HTTP: ")
                    .contains(reason);
            assertThat(proxy.stats.snapshot().refusals())
                    .containsEntry(Refusal.BACKEND_INVALID, 1L)
                    .containsEntry(Refusal.BACKEND_BROKEN, 0L);
            assertThat(backend.accepted()).isOne();
            await().until(() -> backend.open() == 0);
        }
    }

    @Test
    void as_many_interim_responses_as_an_application_may_need_are_forwarded() throws Exception {
        try (var backend = TestBackend.responding(
                        request -> "HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n".repeat(100) + ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/");
            for (var i = 0; i < 100; i++) {
                assertThat(client.readHead().status()).isEqualTo(103);
            }
            assertThat(client.read().body()).isEqualTo("x");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 102, 103})
    void interim_responses_without_end_are_invalid(int status) throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    for (var i = 0; i < 200; i++) {
                        connection.send("HTTP/1.1 " + status + " Interim\r\n\r\n");
                    }
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.get("/");
            var got = client.readHead();
            for (var interims = 0; got.status() == status; interims++) {
                assertThat(interims).isLessThan(100);
                got = client.readHead();
            }
            assertThat(got.status()).isEqualTo(502);
            await().until(() -> backend.open() == 0);
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.BACKEND_INVALID, 1L);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "HTTP/1.1 103 Early Hints|X-A: b\0c||",
                "HTTP/1.1 103 Early Hints|X@A: b||",
                "HTTP/1.1 103 Early Hints|X-A: b\rc||",
                "HTTP/1.1 102 Processing|X-A: b\177||",
                "HTTP/1.1 101 Switching Protocols|Upgrade: echo|X-A: b\0c||",
                "HTTP/1.1 200 OK|Content-Length: 0|X-A: b\0c||",
                "HTTP/1.1 200 OK|Content-Length: 0|: b||",
            })
    void an_invalid_header_in_any_head_is_reported_as_such(String head) throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(head.replace("|", "\r\n") + (head.contains(" 10") ? ok("x") : ""));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend)) {
            try (var client = proxy.connect()) {
                client.send("GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n");
                var got = client.read();
                assertThat(got.status()).isEqualTo(502);
                assertThat(got.body()).contains("one of its headers has a name or value that none may have");
            }
            try (var client = Http2Wire.connect(proxy)) {
                client.addRequest(1, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                        .flush();
                assertThat(client.readHeaders()).containsEntry(":status", "502");
            }
            assertThat(proxy.stats.snapshot().refusals())
                    .containsEntry(Refusal.BACKEND_INVALID, 2L)
                    .containsEntry(Refusal.BACKEND_BROKEN, 0L);
            await().until(() -> backend.open() == 0);
        }
    }

    /** A client that does not read holds back a backend that has much to say before its response. */
    @Test
    void interim_responses_wait_for_the_client() throws Exception {
        var sent = new AtomicLong();
        var interim = "HTTP/1.1 103 Early Hints\r\nX: " + "x".repeat(60_000) + "\r\n\r\n";
        try (var backend = TestBackend.running(connection -> {
                    connection.socket.setSendBufferSize(64 * 1024);
                    connection.read();
                    for (var i = 0; i < 100; i++) {
                        connection.send(interim);
                        sent.incrementAndGet();
                    }
                    connection.send(ok("end"));
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.start(options -> options.responseBuffer(64 * 1024))
                        .to(backend);
                var socket = new Socket()) {
            socket.setReceiveBufferSize(16 * 1024);
            socket.connect(new InetSocketAddress("127.0.0.1", proxy.port()));
            var client = new Wire(socket).get("/");
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(100);
            for (var i = 0; i < 100; i++) {
                assertThat(client.readHead().status()).isEqualTo(103);
            }
            assertThat(client.read().body()).isEqualTo("end");
        }
    }
}
