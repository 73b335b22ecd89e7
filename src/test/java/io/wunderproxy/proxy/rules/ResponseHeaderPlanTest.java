package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ResponseHeaderPlanTest {
    @ParameterizedTest
    @CsvSource({
        "200, false, , Content-Length, true",
        "200, true, , Content-Length, false",
        "204, false, , Content-Length, false",
        "103, false, , Content-Length, false",
        "304, false, , Content-Length, true",
        "200, false, , Connection, false",
        "200, false, , Transfer-Encoding, false",
        "200, false, , Trailer, true",
        "200, false, 'close, x-mine', X-Mine, false",
        "200, false, close, X-Mine, true",
        "200, false, content-length, Content-Length, true",
    })
    void what_is_forwarded(int status, boolean chunked, String connection, String name, boolean passes) {
        assertThat(new ResponseHeaderPlan(status, chunked, connection).passes(name))
                .isEqualTo(passes);
    }

    @ParameterizedTest
    @CsvSource({
        "'', 60, Strict-Transport-Security: max-age=60",
        "Strict-Transport-Security: max-age=1, 60, Strict-Transport-Security: max-age=1",
        "'', 0, ''",
    })
    void browsers_learn_of_tls_from_the_proxy_unless_the_backend_says_so(
            String received, int seconds, String expected) {
        var fields = MapFields.of(received);
        ResponseHeaderPlan.addHsts(fields, Duration.ofSeconds(seconds));
        assertThat(fields).hasToString(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "200, 11, Content-Type: text/plain|Content-Length: 9, GZIP, content-encoding: gzip|content-type: text/plain|vary: Accept-Encoding",
        "200, 10, Content-Type: text/plain|Content-Length: 9, , content-length: 9|content-type: text/plain|vary: Accept-Encoding",
        "200, 11, Content-Type: text/plain|Content-Length: 4, , content-length: 4|content-type: text/plain|vary: Accept-Encoding",
        "200, 11, Content-Type: image/png|Content-Length: 9, , content-length: 9|content-type: image/png",
        "206, 11, Content-Type: text/plain, , content-type: text/plain|vary: Accept-Encoding",
        "200, 11, Content-Type: text/plain|Digest: x|Accept-Ranges: bytes, GZIP, content-encoding: gzip|content-type: text/plain|vary: Accept-Encoding",
    })
    void what_is_compressed_and_what_is_said_of_it(
            int status, int http, String received, Coding coding, String expected) {
        var fields = MapFields.of(received);
        var options = new CompressionOptions(List.of(Coding.GZIP), 5);
        assertThat(ResponseHeaderPlan.compress(
                        fields, status, MapFields.of("Accept-Encoding: gzip"), http, options, 1 << 20, null))
                .isEqualTo(coding);
        assertThat(fields).hasToString(expected);
    }
}
