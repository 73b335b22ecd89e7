package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.netty.buffer.PooledByteBufAllocator;
import io.wunderproxy.proxy.routing.DrainResult;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.testkit.NothingLeaks;
import io.wunderproxy.testkit.Pace;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A slow client holds no worker of the application: its response is taken off the backend, in memory and then in a file. */
@OnEveryLane
class ResponseBufferTest {
    private static final int MIB = 1 << 20;

    @TempDir
    Path temporary;

    private TestProxy proxy(TestBackend backend, UnaryOperator<TestOptions> changes) {
        return TestProxy.start(options -> changes.apply(options.temporary(temporary)))
                .to(backend);
    }

    private static byte[] pattern(int size) {
        var bytes = new byte[size];
        for (var i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 31 + i / 8191);
        }
        return bytes;
    }

    private static TestBackend sending(byte[] body, String headers, AtomicLong sent, CountDownLatch done)
            throws IOException {
        return TestBackend.running(connection -> {
            for (var request = connection.read(); request != null; request = connection.read()) {
                connection.send("HTTP/1.1 200 OK\r\n" + headers + "Content-Length: " + body.length + "\r\n\r\n");
                for (var at = 0; at < body.length; at += 65536) {
                    connection.send(Arrays.copyOfRange(body, at, Math.min(body.length, at + 65536)));
                    sent.addAndGet(65536);
                }
                done.countDown();
            }
        });
    }

    private boolean hasOpenFile() throws IOException {
        return RequestBufferTest.hasOpenFileIn(temporary);
    }

    @Test
    void the_backend_is_free_before_a_slow_client_has_read_the_response() throws Exception {
        var body = pattern(40 * MIB);
        var sent = new CountDownLatch(1);
        try (var backend = sending(body, "", new AtomicLong(), sent);
                var proxy = proxy(backend, options -> options);
                var client = proxy.connect()) {
            client.get("/");
            assertThat(client.readHead().status()).isEqualTo(200);
            Patience.await(sent);
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            assertThat(proxy.get("/").bytes()).isEqualTo(body);
            assertThat(temporary).isEmptyDirectory();
            assertThat(hasOpenFile()).isTrue();
            assertThat(client.in.readNBytes(body.length)).isEqualTo(body);
            await().until(() -> !hasOpenFile());
            assertThat(client.get("/").read().bytes()).isEqualTo(body);
        }
    }

    @Test
    void a_response_to_a_fast_client_makes_no_detour() throws Exception {
        var body = pattern(40 * MIB);
        try (var backend = sending(body, "", new AtomicLong(), new CountDownLatch(1));
                var proxy = proxy(backend, options -> options);
                var client = proxy.connect()) {
            Files.delete(temporary);
            for (var i = 0; i < 5; i++) {
                assertThat(client.get("/").read().bytes()).isEqualTo(body);
            }
            Files.createDirectory(temporary);
        }
    }

    @Test
    void a_switch_need_not_wait_for_a_slow_client() throws Exception {
        var body = pattern(40 * MIB);
        var sent = new CountDownLatch(1);
        try (var blue = sending(body, "", new AtomicLong(), sent);
                var green = TestBackend.responding(request -> TestBackend.ok("green"));
                var proxy = proxy(blue, options -> options);
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            Patience.await(sent);
            proxy.to(green);
            assertThat(proxy.active.drained(blue.backend()).get()).isEqualTo(DrainResult.DRAINED);
            assertThat(client.in.readNBytes(body.length)).isEqualTo(body);
            assertThat(client.get("/").read().body()).isEqualTo("green");
        }
    }

    @Test
    void holds_the_backend_back_beyond_the_limit() throws Exception {
        var body = pattern(100 * MIB);
        var sent = new AtomicLong();
        try (var backend = sending(body, "", sent, new CountDownLatch(1));
                var proxy = proxy(backend, options -> options.responseDisk(10 * MIB));
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            await().until(() -> sent.get() >= 10L * MIB);
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(60L * MIB);
            assertThat(client.in.readNBytes(body.length)).isEqualTo(body);
            await().until(() -> !hasOpenFile());
        }
    }

    /** Netty counts its chunks of memory, of which each event loop and its neighbours keep a few. */
    @Test
    void memory_that_parts_were_read_into_is_given_back() throws Exception {
        var body = pattern(40 * MIB);
        var few = 60L * MIB;
        var before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
        try (var backend = sending(body, "", new AtomicLong(), new CountDownLatch(1));
                var proxy = proxy(backend, options -> options)) {
            for (var i = 0; i < 6; i++) {
                assertThat(proxy.get("/").bytes()).hasSize(body.length);
                try (var leaving = proxy.connect()) {
                    leaving.get("/");
                    leaving.in.readNBytes(5 * MIB);
                }
            }
            await().until(() -> proxy.stats.snapshot().inFlight() == 0);
            assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before)
                    .isLessThan(few);
        }
    }

    @Test
    void slow_clients_share_the_space_for_temporary_files_and_the_memory() throws Exception {
        var body = pattern(100 * MIB);
        var first = new AtomicLong();
        var second = new AtomicLong();
        try (var one = sending(body, "", first, new CountDownLatch(1));
                var other = sending(body, "", second, new CountDownLatch(1));
                var proxy =
                        proxy(one, options -> options.temporarySpace(40 * MIB).bufferMemory(600 * 1024));
                var slow = proxy.connect();
                var slower = proxy.connect()) {
            slow.get("/");
            slow.readHead();
            Standstill.await(first);
            proxy.to(other);
            slower.get("/");
            slower.readHead();
            Standstill.await(second);
            assertThat(first.get()).isGreaterThan(40L * MIB);
            assertThat(second.get()).isLessThan(20L * MIB);
            assertThat(slow.in.readNBytes(body.length)).isEqualTo(body);
            assertThat(slower.in.readNBytes(body.length)).isEqualTo(body);
            slower.get("/");
            slower.readHead();
            var before = second.get();
            Standstill.await(second);
            assertThat(second.get() - before).as("the space is free again").isGreaterThan(20L * MIB);
        }
    }

    @Test
    @NothingLeaks.Sampled
    void copes_with_a_response_in_millions_of_parts() throws Exception {
        var chunks = "1\r\nx\r\n".repeat(1000);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
                    for (var i = 0; i < 3000; i++) {
                        connection.send(chunks);
                    }
                    connection.send("0\r\n\r\n");
                });
                var proxy = proxy(backend, options -> options.responseBuffer(64 * 1024));
                var client = proxy.connect()) {
            client.get("/");
            await().until(() -> proxy.active.leases(backend.backend()) == 0
                    && proxy.stats.snapshot().inFlight() == 1);
            assertThat(client.read().bytes()).hasSize(3_000_000);
            await().until(() -> !hasOpenFile());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Content-Type: text/event-stream\r\n", "Content-Type: application/grpc+proto\r\n"})
    void puts_no_stream_into_a_file(String header) throws Exception {
        var sent = new AtomicLong();
        try (var backend = sending(pattern(100 * MIB), header, sent, new CountDownLatch(1));
                var proxy = proxy(backend, options -> options);
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            Standstill.await(sent);
            assertThat(hasOpenFile()).isFalse();
            assertThat(sent.get()).isLessThan(50 * MIB);
        }
    }

    @Test
    void leaves_nothing_behind_when_the_client_goes_away() throws Exception {
        var sent = new CountDownLatch(1);
        try (var backend = sending(pattern(40 * MIB), "", new AtomicLong(), sent);
                var proxy = proxy(backend, options -> options)) {
            try (var client = proxy.connect()) {
                client.get("/");
                client.readHead();
                Patience.await(sent);
                await().until(this::hasOpenFile);
                client.abort();
            }
            await().until(() -> !hasOpenFile());
            await().until(() -> proxy.stats.snapshot().inFlight() == 0);
            assertThat(proxy.stats.snapshot().sinceStart().clientAborts()).isOne();
        }
    }

    @Test
    void streams_when_there_is_no_room_for_a_file() throws Exception {
        var body = pattern(40 * MIB);
        var sent = new AtomicLong();
        try (var backend = sending(body, "", sent, new CountDownLatch(1));
                var proxy = proxy(backend, options -> options);
                var client = proxy.connect()) {
            Files.delete(temporary);
            client.get("/");
            client.readHead();
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(30 * MIB);
            assertThat(client.in.readNBytes(body.length)).isEqualTo(body);
            Files.createDirectory(temporary);
        }
    }

    @Test
    void cuts_off_a_client_that_stops_reading_although_the_backend_is_done() throws Exception {
        var sent = new CountDownLatch(1);
        try (var backend = sending(pattern(40 * MIB), "", new AtomicLong(), sent);
                var proxy = proxy(backend, options -> options.bodyTimeout(Duration.ofMillis(500)));
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            Patience.await(sent);
            await().until(() -> proxy.stats.snapshot().refusals().get(Refusal.READER_SLOW) == 1);
            await().until(() -> !hasOpenFile());
        }
    }

    @Test
    void cuts_off_a_client_that_stops_reading_although_the_backend_continues() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n");
                    connection.send(new byte[20 * MIB]);
                    while (true) {
                        connection.send(new byte[64 * 1024]);
                        Pace.pause(Duration.ofMillis(10));
                    }
                });
                var proxy = proxy(backend, options -> options.bodyTimeout(Duration.ofMillis(500)));
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            await().until(() -> proxy.stats.snapshot().refusals().get(Refusal.READER_SLOW) == 1);
        }
    }

    @Test
    void leaves_nothing_behind_when_the_backend_breaks_its_response_off() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n");
                    connection.send(new byte[20 * MIB]);
                });
                var proxy = proxy(backend, options -> options);
                var client = proxy.connect()) {
            client.get("/");
            client.readHead();
            await().until(() -> proxy.active.leases(backend.backend()) == 0);
            await().until(() -> !hasOpenFile());
            assertThat(client.isClosedByPeer() || client.in.readAllBytes().length < 100_000_000)
                    .isTrue();
        }
    }

    /** The first connection was held back for the interim responses on it that the client has not taken. */
    @Test
    void holds_the_backend_back_after_a_request_was_sent_again() throws Exception {
        var interims = new AtomicLong();
        var sent = new AtomicLong();
        var interim = "HTTP/1.1 103 Early Hints\r\nLink: " + "x".repeat(60_000) + "\r\n\r\n";
        var number = new java.util.concurrent.atomic.AtomicInteger();
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    if (number.incrementAndGet() == 1) {
                        Thread.ofVirtual().start(() -> {
                            try {
                                while (interims.get() < 100) {
                                    connection.send(interim);
                                    interims.incrementAndGet();
                                }
                            } catch (java.io.IOException over) {
                                // It was closed.
                            }
                        });
                        Standstill.await(interims);
                        connection.abort();
                        return;
                    }
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: " + 100 * MIB
                            + "\r\n\r\n");
                    for (var piece = new byte[64 * 1024]; sent.get() < 100 * MIB; sent.addAndGet(piece.length)) {
                        connection.send(piece);
                    }
                });
                var proxy = proxy(backend, options -> options.responseBuffer(64 * 1024));
                var socket = new java.net.Socket()) {
            socket.setReceiveBufferSize(16 * 1024);
            socket.connect(new java.net.InetSocketAddress("127.0.0.1", proxy.port()));
            var client = new Wire(socket).get("/");
            await().until(() -> number.get() == 2);
            Standstill.await(sent);
            assertThat(sent.get()).isLessThan(30L * MIB);
            var head = client.readHead();
            while (head.status() == 103) {
                head = client.readHead();
            }
            assertThat(client.in.readNBytes(100 * MIB)).hasSize(100 * MIB);
        }
    }
}
