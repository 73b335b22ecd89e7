package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.zstd.ZstdInputStream;
import io.wunderproxy.proxy.Http2Wire;
import io.wunderproxy.proxy.Message;
import io.wunderproxy.proxy.OnEveryLane;
import io.wunderproxy.proxy.TestBackend;
import io.wunderproxy.proxy.TestProxy;
import io.wunderproxy.testkit.Patience;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@OnEveryLane
class CompressionTest {
    private static final String TEXT = "the same again and again, ".repeat(20_000);

    private static String response(String headers, String body) {
        return "HTTP/1.1 200 OK\r\n" + headers.replace("|", "\r\n") + "Content-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static Message get(String response, String acceptEncoding) throws Exception {
        return get(response, acceptEncoding, List.of(Coding.GZIP));
    }

    private static Message get(String response, String acceptEncoding, List<Coding> codings) throws Exception {
        try (var backend = TestBackend.responding(request -> response);
                var proxy =
                        TestProxy.start(options -> options.compression(codings)).to(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: " + acceptEncoding + "\r\n\r\n");
            return client.read();
        }
    }

    private static String unzipped(byte[] bytes) throws Exception {
        try (var in = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    @Test
    void compresses_text_for_a_client_that_accepts_it() throws Exception {
        var response = get(
                response(
                        "Content-Type: text/html; charset=utf-8|ETag: \"abc\"|Vary: Cookie|Content-MD5: a|Content-Digest: md5=:a:|Repr-Digest: md5=:a:|Digest: md5=a|",
                        TEXT),
                "br, gzip");
        assertThat(response.header("Content-MD5")).isEmpty();
        assertThat(response.header("Content-Digest")).isEmpty();
        assertThat(response.header("Repr-Digest")).isEmpty();
        assertThat(response.header("Digest")).isEmpty();
        assertThat(response.header("Content-Encoding")).contains("gzip");
        assertThat(response.header("Content-Length")).isEmpty();
        assertThat(response.header("ETag")).contains("W/\"abc~gzip\"");
        assertThat(response.header("Vary")).contains("Cookie, Accept-Encoding");
        assertThat(response.bytes().length).isLessThan(TEXT.length() / 10);
        assertThat(unzipped(response.bytes())).isEqualTo(TEXT);
    }

    @Test
    void tells_caches_also_about_the_response_that_is_not_compressed() throws Exception {
        var response = get(response("Content-Type: text/html|ETag: \"abc\"|", TEXT), "identity");
        assertThat(response.header("Content-Encoding")).isEmpty();
        assertThat(response.header("Vary")).contains("Accept-Encoding");
        assertThat(response.header("ETag")).contains("\"abc\"");
        assertThat(response.body()).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: image/png|",
                "",
                "Content-Type: text/html|Content-Encoding: br|",
                "Content-Type: text/html|Cache-Control: public, no-transform|",
            })
    void leaves_other_responses_as_they_are(String headers) throws Exception {
        var response = get(response(headers, TEXT), "gzip");
        assertThat(response.body()).isEqualTo(TEXT);
        assertThat(response.headers("Content-Encoding")).doesNotContain("gzip");
    }

    @Test
    void leaves_small_responses_as_they_are() throws Exception {
        assertThat(get(response("Content-Type: text/html|", "tiny"), "gzip").body())
                .isEqualTo("tiny");
    }

    @Test
    void compresses_with_zstd_what_is_complete_and_not_too_large() throws Exception {
        var both = List.of(Coding.ZSTD, Coding.GZIP);
        var zstd = get(response("Content-Type: text/html|", TEXT), "gzip, zstd", both);
        assertThat(zstd.header("Content-Encoding")).contains("zstd");
        try (var in = new ZstdInputStream(new ByteArrayInputStream(zstd.bytes()))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo(TEXT);
        }
        var large = TEXT.repeat(4);
        assertThat(get(response("Content-Type: text/html|", large), "gzip, zstd", both)
                        .header("Content-Encoding"))
                .contains("gzip");
        assertThat(get(
                                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
                                "gzip, zstd",
                                both)
                        .header("Content-Encoding"))
                .contains("gzip");
    }

    @ParameterizedTest
    @CsvSource({
        "'gzip, zstd', ZSTD",
        "'gzip;q=1, zstd;q=0.5', GZIP",
        "'zstd;q=0.9, gzip;q=0.8', ZSTD",
        "'zstd;q=0, gzip', GZIP",
        "'*', ZSTD",
        "'zstd;q=nonsense, gzip;q=0.1', GZIP",
        "'identity, br', ",
    })
    void chooses_the_coding_that_the_client_likes_best(String header, Coding chosen) {
        assertThat(Compression.choose(List.of(Coding.ZSTD, Coding.GZIP), header, true))
                .isEqualTo(chosen);
    }

    @Test
    void sends_each_part_of_a_stream_at_once() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                    Patience.await(go);
                    connection.send("data: 2\n\n");
                });
                var proxy = TestProxy.start(options -> options.compression(List.of(Coding.GZIP)))
                        .to(backend);
                var client = proxy.connect()) {
            client.send("GET / HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
            assertThat(client.readHead().header("Content-Encoding")).contains("gzip");
            var first = client.in.readNBytes(Integer.parseInt(Message.readLine(client.in), 16));
            var inflater = new java.util.zip.Inflater(true);
            inflater.setInput(first, 10, first.length - 10);
            var text = new byte[100];
            assertThat(new String(text, 0, inflater.inflate(text), StandardCharsets.US_ASCII))
                    .isEqualTo("data: 1\n\n");
            inflater.end();
            go.countDown();
        }
    }

    /** Sends what the application has compared validators with, and what it got, to a client of a proxy that compresses. */
    private static Message asked(String request, List<Message> received) throws Exception {
        var head = "HTTP/1.1 %s\r\nContent-Type: application/json\r\nETag: %s\r\nAccept-Ranges: bytes\r\n";
        try (var backend = TestBackend.responding(asked -> {
                    received.add(asked);
                    var etag =
                            switch (asked.target()) {
                                case "/weak" -> "W/\"v1\"";
                                case "/alike" -> "\"v1~gzip\"";
                                default -> "\"v1\"";
                            };
                    if (asked.headers("If-None-Match").contains(etag)) {
                        return "HTTP/1.1 304 Not Modified\r\nETag: " + etag + "\r\n\r\n";
                    }
                    var refused = asked.header("If-Match").isPresent()
                            && !asked.headers("If-Match").contains(etag);
                    return head.formatted(refused ? "412 Precondition Failed" : "200 OK", etag) + "Content-Length: "
                            + TEXT.length() + "\r\n\r\n" + (asked.method().equals("HEAD") ? "" : TEXT);
                });
                var proxy = TestProxy.start(options -> options.compression(List.of(Coding.GZIP, Coding.ZSTD)))
                        .to(backend);
                var client = proxy.connect()) {
            client.send(request.replace("|", "\r\n") + "\r\n\r\n");
            return request.startsWith("HEAD") || request.contains("If-None-Match") ? client.readHead() : client.read();
        }
    }

    private static String validator(String headers) throws Exception {
        return asked("GET /a HTTP/1.1|Host: a|" + headers, new ArrayList<>())
                .header("ETag")
                .orElseThrow();
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "identity"})
    void understands_the_validator_that_it_has_sent_of_a_compressed_response(String coding) throws Exception {
        var accepting = "Accept-Encoding: " + coding;
        var etag = validator(accepting);
        var received = new ArrayList<Message>();

        assertThat(asked("PUT /a HTTP/1.1|Host: a|Content-Length: 0|If-Match: " + etag, received)
                        .status())
                .isEqualTo(200);
        var unchanged = asked("GET /a HTTP/1.1|Host: a|If-None-Match: " + etag + "|" + accepting, received);

        assertThat(unchanged.status()).isEqualTo(304);
        assertThat(unchanged.headers("ETag")).containsExactly(etag);
        assertThat(received.get(0).headers("If-Match")).containsExactly("\"v1\"");
        assertThat(received.get(1).headers("If-None-Match")).containsExactly("\"v1\"");
        assertThat(asked("PUT /a HTTP/1.1|Host: a|Content-Length: 0|If-Match: \"v0\"", received)
                        .status())
                .isEqualTo(412);
    }

    @Test
    void leaves_the_weak_validators_of_the_application_alone() throws Exception {
        var received = new ArrayList<Message>();
        var first = asked("GET /weak HTTP/1.1|Host: a|Accept-Encoding: gzip", received);
        assertThat(first.headers("ETag")).containsExactly("W/\"v1\"");
        assertThat(asked("GET /weak HTTP/1.1|Host: a|If-None-Match: W/\"v1\"", received)
                        .status())
                .isEqualTo(304);
        assertThat(asked("PUT /weak HTTP/1.1|Host: a|Content-Length: 0|If-Match: W/\"v1\"", received)
                        .status())
                .isEqualTo(200);
    }

    @ParameterizedTest
    @ValueSource(strings = {"gzip", "zstd", "identity"})
    void leaves_a_strong_validator_of_the_application_alone_that_looks_like_a_marked_one(String coding)
            throws Exception {
        var received = new ArrayList<Message>();
        var accepting = "Accept-Encoding: " + coding;
        var rest = " /alike HTTP/1.1|Host: a|";
        var own = "\"v1~gzip\"";
        var validator = asked("GET" + rest + accepting, received).header("ETag").orElseThrow();
        assertThat(validator).isEqualTo(coding.equals("identity") ? own : "W/\"v1~gzip~" + coding + "\"");
        assertThat(asked("HEAD" + rest + accepting, received).headers("ETag")).containsExactly(validator);
        for (var sent : List.of(validator, own)) {
            received.clear();
            var unchanged = asked("GET" + rest + "If-None-Match: " + sent + "|" + accepting, received);
            assertThat(unchanged.status()).isEqualTo(304);
            assertThat(unchanged.headers("ETag")).containsExactly(sent);
            assertThat(asked("PUT" + rest + "Content-Length: 0|If-Match: " + sent, received)
                            .status())
                    .isEqualTo(200);
            asked("GET" + rest + "Range: bytes=10-|If-Range: " + sent, received);
            assertThat(received.get(0).headers("If-None-Match")).containsExactly(own);
            assertThat(received.get(1).headers("If-Match")).containsExactly(own);
            var isOwn = sent.equals(own);
            assertThat(received.get(2).headers("If-Range")).hasSize(isOwn ? 1 : 0);
            assertThat(received.get(2).headers("Range")).hasSize(isOwn ? 1 : 0);
        }
    }

    @Test
    void tells_responses_to_head_and_to_get_alike() throws Exception {
        for (var accepted : List.of("gzip", "zstd", "identity")) {
            var rest = " /a HTTP/1.1|Host: a|Accept-Encoding: " + accepted;
            var get = asked("GET" + rest, new ArrayList<>());
            var head = asked("HEAD" + rest, new ArrayList<>());
            for (var name :
                    List.of("ETag", "Content-Encoding", "Vary", "Accept-Ranges", "Content-Length", "Content-Type")) {
                assertThat(head.headers(name)).as("%s for %s", name, accepted).isEqualTo(get.headers(name));
            }
        }
    }

    @Test
    void invents_no_length_of_a_response_to_head_over_http2() throws Exception {
        var response = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
        for (var framing : List.of("Content-Length: 5000\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\n")) {
            try (var backend = TestBackend.responding(request -> response + framing);
                    var proxy = TestProxy.start(options -> options.compression(List.of(Coding.GZIP)))
                            .to(backend);
                    var client = Http2Wire.connect(proxy)) {
                client.addHeaders(
                                1,
                                Http2Wire.END_HEADERS | Http2Wire.END_STREAM,
                                ":method",
                                "HEAD",
                                ":scheme",
                                "http",
                                ":path",
                                "/",
                                ":authority",
                                "a",
                                "accept-encoding",
                                "gzip")
                        .flush();
                assertThat(client.readHeaders())
                        .containsEntry("content-encoding", "gzip")
                        .doesNotContainKey("content-length");
            }
        }
    }

    @Test
    void asks_for_the_whole_when_a_client_has_a_part_of_a_compressed_response() throws Exception {
        var received = new ArrayList<Message>();
        asked("GET /a HTTP/1.1|Host: a|Range: bytes=10-|If-Range: W/\"v1~gzip\"", received);
        asked("GET /a HTTP/1.1|Host: a|Range: bytes=10-|If-Range: \"v1\"", received);
        assertThat(received.get(0).headers("Range")).isEmpty();
        assertThat(received.get(0).headers("If-Range")).isEmpty();
        assertThat(received.get(1).headers("Range")).containsExactly("bytes=10-");
        assertThat(received.get(1).headers("If-Range")).containsExactly("\"v1\"");
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "W/\"v1~gzip\" | \"v1\"",
                "W/\"v1~zstd\" | \"v1\"",
                "\"v1~zstd\" | \"v1~zstd\"",
                "\"v1~gzip\", W/\"v1~gzip\" | \"v1~gzip\", \"v1\"",
                "\"a\", W/\"v1~gzip\" ,W/\"b~zstd\", W/\"c\" | \"a\", \"v1\" ,\"b\", W/\"c\"",
                "W/\"a,~gzip~gzip\" | \"a,~gzip\"",
                "W/\"~gzip\" | \"\"",
                "\"W/\"~gzip\" | \"W/\"~gzip\"",
                "\"~\", \"\", \"zstd\" | \"~\", \"\", \"zstd\"",
                "* | *",
                "W/\"v1~br\" | W/\"v1~br\"",
                "\"a~gzip | \"a~gzip",
                "a~gzip | a~gzip",
                "\"a\"~gzip\" | \"a\"~gzip\"",
            })
    void makes_marked_validators_plain(String sent, String plain) {
        assertThat(Compression.unmark(sent)).isEqualTo(plain);
    }

    @ParameterizedTest
    @CsvSource(
            quoteCharacter = '`',
            delimiter = '|',
            value = {
                "W/\"v1~gzip\" | GZIP | W/\"v1~gzip\"",
                "W/\"v1~gzip\" | ZSTD | W/\"v1~gzip\"",
                "W/\"v1~gzip\" | | W/\"v1~gzip\"",
                "\"v1\", W/\"v1~gzip\" | GZIP | W/\"v1~gzip\"",
                "\"v1\", W/\"v1~gzip\" | | \"v1\"",
                "\"v1~gzip\", W/\"v0~gzip\" | GZIP | \"v1\"",
                "W/\"v0~gzip\" | GZIP | \"v1\"",
            })
    void tells_the_validator_of_the_response_that_the_client_has(String sent, Coding liked, String validator) {
        assertThat(Compression.known("\"v1\"", sent, liked)).isEqualTo(validator);
    }

    @ParameterizedTest
    @CsvSource({
        "gzip, true",
        "'deflate, gzip;q=0.5', true",
        "*, true",
        "'gzip;q=0', false",
        "'*;q=0', false",
        "br, false",
        "'gzip;q=0, *', false",
        "GZIP, true",
        "'', false"
    })
    void knows_who_accepts_gzip(String header, boolean accepts) {
        assertThat(Compression.choose(List.of(Coding.GZIP), header, true) != null)
                .isEqualTo(accepts);
    }
}
