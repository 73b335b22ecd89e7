package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.airlift.compress.zstd.ZstdInputStream;
import io.wunderproxy.proxy.ProxyOptions.Coding;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CompressionTest {
    private static final String TEXT = "the same again and again, ".repeat(20_000);

    private static String answer(String headers, String body) {
        return "HTTP/1.1 200 OK\r\n" + headers.replace("|", "\r\n") + "Content-Length: " + body.length() + "\r\n\r\n"
                + body;
    }

    private static Message get(String answer, String acceptEncoding) throws Exception {
        return get(answer, acceptEncoding, List.of(Coding.GZIP));
    }

    private static Message get(String answer, String acceptEncoding, List<Coding> codings) throws Exception {
        try (var backend = TestBackend.answering(request -> answer);
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
    void compressesTextForAClientThatAcceptsIt() throws Exception {
        var answer = get(
                answer(
                        "Content-Type: text/html; charset=utf-8|ETag: \"abc\"|Vary: Cookie|Content-MD5: a|Content-Digest: md5=:a:|",
                        TEXT),
                "br, gzip");
        assertThat(answer.header("Content-MD5")).isEmpty();
        assertThat(answer.header("Content-Digest")).isEmpty();
        assertThat(answer.header("Content-Encoding")).contains("gzip");
        assertThat(answer.header("Content-Length")).isEmpty();
        assertThat(answer.header("ETag")).contains("W/\"abc\"");
        assertThat(answer.header("Vary")).contains("Cookie, Accept-Encoding");
        assertThat(answer.bytes().length).isLessThan(TEXT.length() / 10);
        assertThat(unzipped(answer.bytes())).isEqualTo(TEXT);
    }

    @Test
    void tellsCachesAlsoAboutTheAnswerThatIsNotCompressed() throws Exception {
        var answer = get(answer("Content-Type: text/html|ETag: \"abc\"|", TEXT), "identity");
        assertThat(answer.header("Content-Encoding")).isEmpty();
        assertThat(answer.header("Vary")).contains("Accept-Encoding");
        assertThat(answer.header("ETag")).contains("\"abc\"");
        assertThat(answer.body()).isEqualTo(TEXT);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Content-Type: image/png|",
                "",
                "Content-Type: text/html|Content-Encoding: br|",
                "Content-Type: text/html|Cache-Control: public, no-transform|",
            })
    void leavesOtherAnswersAsTheyAre(String headers) throws Exception {
        var answer = get(answer(headers, TEXT), "gzip");
        assertThat(answer.body()).isEqualTo(TEXT);
        assertThat(answer.headers("Content-Encoding")).doesNotContain("gzip");
    }

    @Test
    void leavesSmallAnswersAsTheyAre() throws Exception {
        assertThat(get(answer("Content-Type: text/html|", "tiny"), "gzip").body())
                .isEqualTo("tiny");
    }

    @Test
    void compressesWithZstdWhatIsCompleteAndNotTooLarge() throws Exception {
        var both = List.of(Coding.ZSTD, Coding.GZIP);
        var zstd = get(answer("Content-Type: text/html|", TEXT), "gzip, zstd", both);
        assertThat(zstd.header("Content-Encoding")).contains("zstd");
        try (var in = new ZstdInputStream(new ByteArrayInputStream(zstd.bytes()))) {
            assertThat(new String(in.readAllBytes(), StandardCharsets.US_ASCII)).isEqualTo(TEXT);
        }
        var large = TEXT.repeat(4);
        assertThat(get(answer("Content-Type: text/html|", large), "gzip, zstd", both)
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
    void choosesTheCodingThatTheClientLikesBest(String header, Coding chosen) {
        assertThat(Compression.choose(List.of(Coding.ZSTD, Coding.GZIP), header, true))
                .isEqualTo(chosen);
    }

    @Test
    void sendsEachPartOfAStreamAtOnce() throws Exception {
        var go = new CountDownLatch(1);
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.send("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\ndata: 1\n\n");
                    go.await();
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
    void knowsWhoAcceptsGzip(String header, boolean accepts) {
        assertThat(Compression.choose(List.of(Coding.GZIP), header, true) != null)
                .isEqualTo(accepts);
    }
}
