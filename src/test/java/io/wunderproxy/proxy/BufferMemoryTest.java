package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.rules.Refusal;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever waits in memory, and for whom: all of it comes out of one budget. */
@OnEveryLane
class BufferMemoryTest {
    @TempDir
    Path temporary;

    private static String half(int size) {
        return "GET / HTTP/1.1\r\nHost: a\r\n" + ("X-Pad: " + "x".repeat(990) + "\r\n").repeat(size / 1000);
    }

    private static void assertCounted(TestProxy proxy, long bytes) {
        await().untilAsserted(() -> assertThat(proxy.waitingBytes()).isGreaterThanOrEqualTo(bytes));
    }

    private static void assertNothingIsLeft(TestProxy proxy) {
        await().untilAsserted(() -> assertThat(proxy.waitingBytes()).isZero());
    }

    @Test
    void counts_half_a_head_until_it_is_complete() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send(half(20_000));
            assertCounted(proxy, 20_000);
            assertThat(client.send("\r\n").read().status()).isEqualTo(200);
            assertNothingIsLeft(proxy);
            client.send(half(20_000));
            assertCounted(proxy, 20_000);
            client.close();
            assertNothingIsLeft(proxy);
        }
    }

    @Test
    void counts_the_head_and_the_body_of_a_request_that_waits() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            client.send("POST" + half(20_000).substring(3) + "Content-Length: 30000\r\n\r\n" + "x".repeat(20_000));
            assertCounted(proxy, 39_000);
            assertThat(client.send("x".repeat(10_000)).read().status()).isEqualTo(200);
            assertNothingIsLeft(proxy);
        }
    }

    @Test
    void counts_what_the_backend_does_not_take_of_a_body() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.readHead();
                    Thread.currentThread().join();
                });
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            client.send("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000000\r\n\r\n");
            client.socket.setSendBufferSize(64 * 1024);
            var sender = Thread.ofVirtual().start(() -> {
                try {
                    for (var i = 0; i < 1000; i++) {
                        client.send(new byte[100_000]);
                    }
                } catch (IOException over) {
                    // The test is over.
                }
            });
            assertCounted(proxy, 64_000);
            backend.closeConnections();
            assertNothingIsLeft(proxy);
            client.close();
            sender.join();
        }
    }

    @Test
    void counts_what_the_windows_of_http2_hold_back() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x".repeat(1000)));
                var proxy = TestProxy.before(backend)) {
            try (var client = Http2Wire.connect(proxy)) {
                // SETTINGS_INITIAL_WINDOW_SIZE: 1
                client.add(Http2Wire.SETTINGS, 0, 0, 0, 4, 0, 0, 0, 1);
                for (var stream = 1; stream < 20; stream += 2) {
                    client.addRequest(stream, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM);
                }
                client.flush();
                assertCounted(proxy, 10 * 999);
            }
            assertNothingIsLeft(proxy);
        }
    }

    /** A window that grows while nothing is sent is no sign of reading. */
    @Test
    void cuts_off_a_stream_whose_client_only_grants_a_byte_now_and_then() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x".repeat(1_000_000)));
                var proxy = TestProxy.start(
                                options -> options.temporary(temporary).bodyTimeout(Duration.ofMillis(2500)))
                        .to(backend);
                var client = Http2Wire.connect(proxy)) {
            // Room for the whole response in the stream, but not in the connection.
            client.add(Http2Wire.SETTINGS, 0, 0, 0, 4, 0, 0x7f, 0, 0)
                    .addRequest(1, "GET", "/", Http2Wire.END_HEADERS | Http2Wire.END_STREAM)
                    .flush();
            client.wire.socket.setSoTimeout(500);
            await().until(() -> {
                client.add(Http2Wire.WINDOW_UPDATE, 0, 1, 0, 0, 0, 1).flush();
                try {
                    return client.read(Http2Wire.RST_STREAM) != null;
                } catch (SocketTimeoutException nothingYet) {
                    return false;
                }
            });
            assertThat(proxy.stats.snapshot().refusals()).containsEntry(Refusal.READER_SLOW, 1L);
        }
    }

    @Test
    void cuts_off_those_that_hold_the_most_when_memory_is_overdrawn() throws Exception {
        var hostile = new ArrayList<Wire>();
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.start(options -> options.bufferMemory(1_000_000))
                        .to(backend);
                var other = proxy.connect()) {
            other.send("GET / HTTP/1.1\r\n");
            for (var i = 0; i < 700; i++) {
                hostile.add(proxy.connect().send(half(30_000)));
            }
            await().until(() -> proxy.stats.snapshot().refusals().getOrDefault(Refusal.MEMORY, 0L) > 0);
            await().until(() -> proxy.waitingBytes() < 18_000_000);
            assertThat(other.send("Host: a\r\n\r\n").read().status()).isEqualTo(200);
            for (var client : hostile) {
                client.close();
            }
            assertNothingIsLeft(proxy);
        }
    }

    /** New connections go to the two event loops in turn: one comes to hold nearly all, the other one then goes too far. */
    @Test
    void the_event_loop_that_holds_the_memory_gives_it_back_although_another_one_has_overdrawn_it() throws Exception {
        var limit = 1_000_000;
        var tolerated = limit + (16L << 20);
        var clients = new ArrayList<Wire>();
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy =
                        TestProxy.start(options -> options.bufferMemory(limit)).to(backend)) {
            var others = new ArrayList<Wire>();
            var head = half(30_000);
            var most = tolerated / head.length() - 2;
            while (clients.size() < most) {
                clients.add(proxy.connect().send(head));
                others.add(proxy.connect());
            }
            assertCounted(proxy, most * head.length());
            assertThat(proxy.stats.snapshot().refusals()).doesNotContainEntry(Refusal.MEMORY, 1L);
            for (var i = 0; i < 3; i++) {
                others.get(i).send(head);
            }
            await().untilAsserted(() -> assertThat(proxy.waitingBytes()).isLessThan(tolerated));
            assertThat(proxy.stats.snapshot().refusals().get(Refusal.MEMORY)).isPositive();
            clients.addAll(others);
            for (var client : clients) {
                client.close();
            }
            assertNothingIsLeft(proxy);
        }
    }
}
