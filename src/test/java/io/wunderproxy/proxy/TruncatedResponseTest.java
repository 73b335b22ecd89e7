package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.Http2Wire.DATA;
import static io.wunderproxy.proxy.Http2Wire.END_HEADERS;
import static io.wunderproxy.proxy.Http2Wire.END_STREAM;
import static io.wunderproxy.proxy.Http2Wire.HEADERS;
import static io.wunderproxy.proxy.Http2Wire.RST_STREAM;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.proxy.routing.Backend;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A response that breaks off looks so to the client, however it breaks off and whatever the client speaks. */
@OnEveryLane
class TruncatedResponseTest {
    /** What a backend does after it has sent the beginning of its response. */
    private interface Break {
        void on(Wire connection) throws Exception;
    }

    /**
     * A way to break off.
     *
     * @param head of the response, with the beginning of the body
     */
    private record Way(String name, String head, Break end) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static final String CHUNKED = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\npart\r\n";
    private static final String LENGTH = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\npart";
    private static final String UNTIL_CLOSE = "HTTP/1.1 200 OK\r\n\r\npart";

    private static final List<Way> WAYS = List.of(
            new Way("chunks, closed", CHUNKED, Wire::close),
            new Way("chunks, closed within one", CHUNKED + "9\r\nx", Wire::close),
            new Way("chunks, reset", CHUNKED, Wire::abort),
            new Way("chunks, an invalid one", CHUNKED, connection -> connection.send("x\r\n")),
            new Way("chunks, silent", CHUNKED, Wire::isClosedByPeer),
            new Way("length, closed", LENGTH, Wire::close),
            new Way("length, reset", LENGTH, Wire::abort),
            new Way("length, silent", LENGTH, Wire::isClosedByPeer),
            new Way("until the close, reset", UNTIL_CLOSE, Wire::abort),
            new Way("until the close, silent", UNTIL_CLOSE, Wire::isClosedByPeer));

    static List<Arguments> waysAndClients() {
        var all = new ArrayList<Arguments>();
        for (var way : WAYS) {
            for (var client : List.of("HTTP/1.0", "HTTP/1.1", "HTTP/2")) {
                all.add(Arguments.of(way, client));
            }
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("waysAndClients")
    void a_backend_that_speaks_http1_breaks_off(Way way, String version) throws Exception {
        var received = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(way.head);
                    received.acquire();
                    way.end.on(connection);
                });
                var proxy = TestProxy.start(options -> options.responseTimeout(Duration.ofSeconds(2)))
                        .to(backend)) {
            assertCutOff(proxy, version, way.head.contains("Length"), received);
            assertThat(proxy.stats.snapshot().refusals().values().stream()
                            .mapToLong(Long::longValue)
                            .sum())
                    .isOne();
        }
    }

    /** A connection that is to be closed after its response must not be closed as after a complete one. */
    @Test
    void a_backend_breaks_off_while_the_proxy_drains() throws Exception {
        var received = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send(CHUNKED);
                    received.acquire();
                    connection.abort();
                });
                var proxy = TestProxy.start(options -> options.eventLoops(1)).to(backend);
                var idle = proxy.connect();
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.0\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            assertThat(client.readText(4)).isEqualTo("part");
            var draining = Thread.ofVirtual().start(() -> proxy.shutdown(Duration.ofSeconds(30)));
            assertThat(idle.isClosedByPeer()).isTrue();
            received.release();
            assertThatThrownBy(client.in::readAllBytes).isInstanceOf(SocketException.class);
            draining.join();
        }
    }

    private static void assertCutOff(TestProxy proxy, String version, boolean hasLength, Semaphore received)
            throws Exception {
        if (version.equals("HTTP/2")) {
            assertStreamCutOff(proxy, received);
            return;
        }
        try (var client = proxy.connect()) {
            client.send("GET / " + version + "\r\nHost: a\r\n\r\n");
            assertThat(client.readHead().status()).isEqualTo(200);
            if (version.equals("HTTP/1.0") && !hasLength) {
                // Nothing else tells the end of the response than that of the connection.
                assertThat(client.readText(4)).isEqualTo("part");
                received.release();
                assertThatThrownBy(client.in::readAllBytes).isInstanceOf(SocketException.class);
            } else {
                received.release();
                var rest = new String(client.in.readAllBytes(), StandardCharsets.ISO_8859_1);
                assertThat(rest).contains("part").doesNotContain("\r\n0\r\n");
                assertThat(rest.length()).isLessThan(100);
            }
        }
    }

    private static void assertStreamCutOff(TestProxy proxy, Semaphore received) throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "GET", "/", END_HEADERS | END_STREAM).flush();
            assertThat(client.read(DATA).flags() & END_STREAM).isZero();
            received.release();
            var frame = client.read();
            while (frame.type() != RST_STREAM) {
                assertThat(frame.type() == DATA && (frame.flags() & END_STREAM) != 0)
                        .isFalse();
                frame = client.read();
            }
            assertThat(frame.stream()).isOne();
            assertThat(frame.errorCode()).isEqualTo(Http2Wire.INTERNAL_ERROR);
        }
    }

    static List<Arguments> http2WaysAndClients() {
        var all = new ArrayList<Arguments>();
        for (var errorCode : new int[] {-1, 0, 2, 8}) {
            for (var client : List.of("HTTP/1.0", "HTTP/1.1", "HTTP/2")) {
                all.add(Arguments.of(errorCode, client));
            }
        }
        return all;
    }

    /** With a reset of its stream, even one without error, or by closing the connection (-1). */
    @ParameterizedTest
    @MethodSource("http2WaysAndClients")
    void a_backend_that_speaks_http2_breaks_off(int errorCode, String version) throws Exception {
        var received = new Semaphore(0);
        try (var backend = TestBackend.running(connection -> {
                    var wire = Http2Wire.accept(connection);
                    var stream = wire.read(HEADERS).stream();
                    wire.addHeaders(stream, END_HEADERS, ":status", "200")
                            .add(DATA, 0, stream, 'p', 'a', 'r', 't')
                            .flush();
                    received.acquire();
                    if (errorCode >= 0) {
                        wire.add(RST_STREAM, 0, stream, 0, 0, 0, errorCode).flush();
                        connection.isClosedByPeer();
                    }
                });
                var proxy = TestProxy.start()) {
            var http1 = backend.backend();
            proxy.active.switchTo(new Backend(http1.id(), http1.host(), http1.port(), Backend.Protocol.HTTP_2));
            assertCutOff(proxy, version, false, received);
        }
    }
}
