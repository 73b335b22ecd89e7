package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.Http2Wire.END_HEADERS;
import static io.wunderproxy.proxy.Http2Wire.END_STREAM;
import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.Refusal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What HTTP/2 frames can carry, but must not get to a backend that speaks HTTP/1.1. */
@OnEveryLane
class HostileHttp2RequestTest {
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
        return Integer.parseInt(client.readHeaders().get(":status"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\n Transfer-Encoding: chunked", "a\r\n X: b", "a\r\n\tX: b", "a\177b", "a\001b"})
    void refuses_control_characters_in_a_header(String value) throws Exception {
        var before = FORWARDED.get();
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(status(get(client, "a", "x", value))).isEqualTo(400);
        }
        assertThat(FORWARDED).hasValue(before);
    }

    /** The status of a request with this method, path and other fields. */
    private static int statusOf(String method, String path, String... fields) throws Exception {
        var all = new ArrayList<>(List.of(":method", method, ":scheme", "http", ":path", path));
        all.addAll(List.of(fields));
        try (var client = Http2Wire.connect(proxy)) {
            client.addHeaders(1, END_HEADERS | END_STREAM, all.toArray(String[]::new))
                    .flush();
            return status(client);
        }
    }

    private static void assertRefused(String method, String path, String... fields) throws Exception {
        var before = FORWARDED.get();
        assertThat(statusOf(method, path, fields)).isEqualTo(400);
        assertThat(FORWARDED).hasValue(before);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host: a|host: a",
                "host: a|host: b",
                ":authority: a|host: b",
                ":authority: a|host: a|host: a",
                ":authority: a:80|host: a",
                ":authority: user@a",
                ":authority: a:b",
                ":authority: a:80:80",
                ":authority: a/b",
                ":authority: a b",
                "host: a, b",
                "host: user@a",
                "host: a:65536",
            })
    void refuses_a_request_without_one_valid_host(String fields) throws Exception {
        assertRefused(
                "GET",
                "/",
                fields.isEmpty() ? new String[0] : fields.replace("|", ": ").split("(?<=.): "));
    }

    @ParameterizedTest
    @ValueSource(strings = {":authority: a", "host: a", ":authority: a|host: a", ":authority: a:81|host: A:81"})
    void forwards_a_request_with_one_host(String fields) throws Exception {
        assertThat(statusOf("GET", "/", fields.replace("|", ": ").split("(?<=.): ")))
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"http://b/", "https://a/", "//", "a", "*", "/a#b", "/ a", "/\177", "?a"})
    void refuses_a_target_that_is_no_path(String path) throws Exception {
        if (path.equals("//")) {
            assertThat(statusOf("GET", path, ":authority", "a")).isEqualTo(200);
        } else {
            assertRefused("GET", path, ":authority", "a");
        }
    }

    /**
     * What is said to the first of two requests on one connection, which may be anything; the second one must be served. Without
     * END_STREAM, three bytes follow the first one.
     */
    private static Http2Wire.Frame firstOfTwo(TestProxy proxy, int flags, String... fields) throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            client.addHeaders(1, END_HEADERS | flags, fields);
            if (flags == 0) {
                client.add(Http2Wire.DATA, END_STREAM, 1, 'a', 'b', 'c');
            }
            client.addRequest(3, "GET", "/other", END_HEADERS | END_STREAM).flush();
            Http2Wire.Frame first = null;
            var served = false;
            while (first == null || !served) {
                var frame = client.read();
                assertThat(frame).as("the connection ends").isNotNull();
                assertThat(frame.type()).isNotEqualTo(Http2Wire.GOAWAY);
                if (frame.stream() == 1 && first == null && frame.type() != Http2Wire.WINDOW_UPDATE) {
                    first = frame;
                }
                served |= frame.stream() == 3 && (frame.flags() & END_STREAM) != 0;
            }
            return first;
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                ":method=|:scheme=http|:path=/|:authority=a",
                ":method=G T|:scheme=http|:path=/|:authority=a",
                ":method=GET /x|:scheme=http|:path=/|:authority=a",
                ":method=G@T|:scheme=http|:path=/|:authority=a",
                ":method=G\001T|:scheme=http|:path=/|:authority=a",
                ":method=G\r\nT|:scheme=http|:path=/|:authority=a",
                ":method=GET|:method=GET|:scheme=http|:path=/|:authority=a",
                ":scheme=http|:path=/|:authority=a",
                ":method=GET|:path=/|:authority=a",
                ":method=GET|:scheme=http|:authority=a",
                ":method=GET|:scheme=http|:path=|:authority=a",
                ":method=GET|:scheme=http|:path=/|:path=/b|:authority=a",
                ":method=GET|:scheme=http|:path=/|:authority=a|:unknown=b",
                ":method=GET|:scheme=http|:path=/|:authority=a|:status=200",
                ":method=GET|:scheme=http|:path=/|x=y|:authority=a",
                ":method=GET|:scheme=http|:path=/|:authority=a|connection=close",
                ":method=GET|:scheme=http|:path=/|:authority=a|transfer-encoding=chunked",
                ":method=GET|:scheme=http|:path=/|:authority=a|te=gzip",
                ":method=GET|:scheme=http|:path=/|:authority=a|X-Upper=y",
                ":method=GET|:scheme=http|:path=/|:authority=a|=y",
                ":method=GET|:scheme=http|:path=/|:authority=a|content-length=3",
                ":method=POST|:scheme=http|:path=/|:authority=a|content-length=3|content-length=4",
            })
    void a_malformed_request_is_an_error_of_its_stream_alone(String fields) throws Exception {
        var before = FORWARDED.get();
        var first = firstOfTwo(proxy, END_STREAM, fields.split("[=|]", -1));
        assertThat(FORWARDED).hasValue(before + 1);
        if (first.type() == Http2Wire.RST_STREAM) {
            assertThat(first.errorCode()).isOne();
        }
    }

    /** A length that is repeated may be taken for one (RFC 9110, section 8.6). */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "3|3",
                "3, 3",
                "3|3, 3",
                "0000000000000000003",
                "3|4",
                "3|+3",
                "3, 4",
                "+3",
                "-3",
                "x",
                "3x",
                "",
                "3,",
                "4",
                "9223372036854775807",
                "9223372036854775808"
            })
    void forwards_a_body_with_one_length_or_not_at_all(String lengths) throws Exception {
        for (var buffering : new boolean[] {true, false}) {
            try (var own = TestProxy.start(
                            options -> options.requestBuffer(buffering).maxRequestBody(Long.MAX_VALUE))
                    .to(backend)) {
                var before = FORWARDED.get();
                var fields =
                        new ArrayList<>(List.of(":method", "POST", ":scheme", "http", ":path", "/", ":authority", "a"));
                for (var length : lengths.split("\\|", -1)) {
                    fields.addAll(List.of("content-length", length));
                }
                var first = firstOfTwo(own, 0, fields.toArray(String[]::new));
                assertThat(first.type()).isIn(Http2Wire.HEADERS, Http2Wire.RST_STREAM);
                if (first.type() == Http2Wire.RST_STREAM) {
                    assertThat(first.errorCode()).isOne();
                }
                assertThat(own.stats.snapshot().refusals()).containsEntry(Refusal.INTERNAL_ERROR, 0L);
                assertThat(FORWARDED.get() - before).isBetween(1, lengths.matches("[0, 3|]+") ? 2 : 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"x= a", "x=a\001", "host=b", "expect=100-continue"})
    void sends_no_body_to_head_that_is_refused(String field) throws Exception {
        try (var nothing = TestProxy.start();
                var client = Http2Wire.connect(nothing)) {
            var nameAndValue = field.split("=");
            client.addHeaders(
                            1,
                            END_HEADERS | END_STREAM,
                            ":method",
                            "HEAD",
                            ":scheme",
                            "http",
                            ":path",
                            "/",
                            ":authority",
                            "a",
                            nameAndValue[0],
                            nameAndValue[1])
                    .flush();
            assertThat(client.read(Http2Wire.HEADERS).flags() & END_STREAM).isNotZero();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {" a", "a ", "\ta", "a\t", " "})
    void refuses_spaces_around_a_value(String value) throws Exception {
        assertRefused("GET", "/", ":authority", "a", "x", value);
    }

    @Test
    void counts_all_cookies_as_one_header() throws Exception {
        var fields = new ArrayList<>(List.of(":authority", "a"));
        for (var i = 0; i < 150; i++) {
            fields.addAll(List.of("cookie", "a" + i + "=1"));
        }
        assertThat(statusOf("GET", "/", fields.toArray(String[]::new))).isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nX: b", "a\nX: b", " a", "a\001"})
    void resets_a_stream_whose_trailers_are_no_headers(String value) throws Exception {
        var before = FORWARDED.get();
        try (var client = Http2Wire.connect(proxy)) {
            client.addRequest(1, "POST", "/", END_HEADERS)
                    .add(Http2Wire.DATA, 0, 1, 'a')
                    .addHeaders(1, END_HEADERS | END_STREAM, "x-sum", value)
                    .flush();
            assertThat(client.read(Http2Wire.RST_STREAM).errorCode()).isOne();
        }
        assertThat(FORWARDED).hasValue(before);
    }

    @Test
    void refuses_an_authority_that_would_be_two_hosts() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(status(get(client, "a,b", "x", "y"))).isEqualTo(400);
        }
    }

    @Test
    void stops_the_body_of_a_request_that_has_its_response_already() throws Exception {
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
    void holds_to_the_limits_of_a_request_line_and_of_headers() throws Exception {
        try (var strict =
                        TestProxy.start(options -> options.maxRequestLine(1024)).to(backend);
                var client = Http2Wire.connect(strict)) {
            client.addRequest(1, "GET", "/" + "x".repeat(1024), END_HEADERS | END_STREAM)
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
    void forwards_tabs_in_a_header() throws Exception {
        try (var client = Http2Wire.connect(proxy)) {
            assertThat(status(get(client, "a", "x", "a\tb"))).isEqualTo(200);
        }
    }
}
