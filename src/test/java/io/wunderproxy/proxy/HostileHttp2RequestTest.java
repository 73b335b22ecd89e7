package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.Http2Wire.END_HEADERS;
import static io.wunderproxy.proxy.Http2Wire.END_STREAM;
import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP/2 frames can carry, but must not get to a backend that speaks HTTP/1.1. */
class HostileHttp2RequestTest {
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

    /** The status of the next answer; those that are in HPACK's static table are one byte, others digits. */
    private static boolean isAnsweredWith(int status, Http2Wire client) throws Exception {
        var head = client.read(Http2Wire.HEADERS).payload();
        return switch (status) {
            case 200 -> head[0] == (byte) 0x88;
            case 400 -> head[0] == (byte) 0x8c;
            default -> new String(head, 2, 3, StandardCharsets.US_ASCII).equals("" + status);
        };
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n Transfer-Encoding: chunked", "a\r\n X: b", "a\r\n\tX: b", "a\177b", "a\001b"})
    void refusesControlCharactersInAHeader(String value) throws Exception {
        var before = FORWARDED.get();
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(isAnsweredWith(400, get(client, "a", "x", value))).isTrue();
        }
        assertThat(FORWARDED).hasValue(before);
    }

    @Test
    void forwardsTabsInAHeader() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(isAnsweredWith(200, get(client, "a", "x", "a\tb"))).isTrue();
        }
    }
}
