package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.Http2Wire.END_HEADERS;
import static io.wunderproxy.proxy.Http2Wire.END_STREAM;
import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP/2 frames can carry, but must not get to a backend that speaks HTTP/1.1. */
class HostileHttp2RequestTest {
    /** Before the header block, RFC 9113, section 6.2. */
    private static final int WITH_PRIORITY = 0x20;

    private static final int PRIORITY_LENGTH = 5;
    private static final AtomicInteger FORWARDED = new AtomicInteger();
    private static TestBackend backend;
    private static TestProxy proxy;

    @BeforeAll
    static void start() throws Exception {
        backend = TestBackend.answering(request -> {
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

    private static Http2Wire get(Http2Wire client, String authority, String name, String value) throws Exception {
        return client.addHeaders(
                        1,
                        END_HEADERS | END_STREAM,
                        ":method",
                        "GET",
                        ":scheme",
                        "http",
                        ":path",
                        "/",
                        ":authority",
                        authority,
                        name,
                        value)
                .flush();
    }

    private static int status(Http2Wire client) throws Exception {
        var frame = client.read(Http2Wire.HEADERS);
        var head = Unpooled.wrappedBuffer(frame.payload());
        if ((frame.flags() & WITH_PRIORITY) != 0) {
            head.skipBytes(PRIORITY_LENGTH);
        }
        return Integer.parseInt(
                new DefaultHttp2HeadersDecoder().decodeHeaders(1, head).status().toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n Transfer-Encoding: chunked", "a\r\n X: b", "a\r\n\tX: b", "a\177b", "a\001b"})
    void refusesControlCharactersInAHeader(String value) throws Exception {
        var before = FORWARDED.get();
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(status(get(client, "a", "x", value))).isEqualTo(400);
        }
        assertThat(FORWARDED).hasValue(before);
    }

    @Test
    void refusesAnAuthorityThatWouldBeTwoHosts() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(status(get(client, "a,b", "x", "y"))).isEqualTo(400);
        }
    }

    @Test
    void stopsTheBodyOfARequestThatIsAnsweredAlready() throws Exception {
        try (var small = TestProxy.start(options -> options.maxRequestBody(10)).to(backend);
                var client = Http2Wire.connect(small)) {
            client.addRequest(1, "POST", "/", END_HEADERS)
                    .add(Http2Wire.DATA, 0, 1, new int[11])
                    .flush();
            assertThat(status(client)).isEqualTo(413);
            var end = client.read(Http2Wire.DATA);
            while ((end.flags() & END_STREAM) == 0) {
                end = client.read(Http2Wire.DATA);
            }
            var stop = client.read(Http2Wire.RST_STREAM);
            assertThat(stop.stream()).isOne();
            assertThat(stop.errorCode()).isZero();
        }
    }

    @Test
    void holdsToTheLimitsOfARequestLineAndOfHeaders() throws Exception {
        try (var strict = TestProxy.start(options -> options.maxRequestLine(50)).to(backend);
                var client = Http2Wire.connect(strict)) {
            client.addRequest(1, "GET", "/" + "x".repeat(50), END_HEADERS | END_STREAM)
                    .flush();
            assertThat(status(client)).isEqualTo(414);
        }
        try (var strict = TestProxy.start(options -> options.maxHeaders(3)).to(backend);
                var client = Http2Wire.connect(strict)) {
            var head = new String[] {
                ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "a", "x", "1", "x", "2", "y", "3"
            };
            client.addHeaders(1, END_HEADERS | END_STREAM, head).flush();
            assertThat(status(client)).isEqualTo(200);
            var more = Arrays.copyOf(head, head.length + 2);
            more[head.length] = "z";
            more[head.length + 1] = "4";
            client.addHeaders(3, END_HEADERS | END_STREAM, more).flush();
            assertThat(status(client)).isEqualTo(431);
        }
    }

    @Test
    void forwardsTabsInAHeader() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(status(get(client, "a", "x", "a\tb"))).isEqualTo(200);
        }
    }
}
