package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadCheckTest {
    private static int statusOf(ErrorResponse refusal) {
        return refusal == null ? 200 : refusal.status();
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, 11, Host: a, 200",
        "GET, http://b/, 11, Host: a, 200",
        "OPTIONS, *, 11, Host: a, 200",
        "GET, *, 11, Host: a, 400",
        "GET, a, 11, Host: a, 400",
        "GET, /, 10, '', 200",
        "GET, /, 11, '', 400",
        "GET, /, 10, Host: a|Host: a, 400",
        "TRACE, /, 11, Host: a, 405",
        "CONNECT, a:1, 11, Host: a, 501",
        "G@T, /, 11, Host: a, 400",
        "POST, /, 11, Host: a|Content-Length: 3, 200",
        "POST, /, 11, Host: a|Content-Length: 3|Content-Length: 3, 400",
        "POST, /, 11, Host: a|Content-Length: +3, 400",
        "POST, /, 11, Host: a|Content-Length: 1234567890123456789, 413",
        "POST, /, 11, Host: a|Transfer-Encoding: chunked, 200",
        "POST, /, 11, Host: a|Transfer-Encoding: gzip, 501",
        // The first rule that is broken is reported.
        "TRACE, x, 11, Content-Length: x, 405",
        "POST, /, 11, Content-Length: x|Transfer-Encoding: gzip, 400",
    })
    void of_http1(String method, String target, int http, String fields, int status) {
        assertThat(statusOf(HeadCheck.http1(method, target, http, MapFields.of(fields))))
                .isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "GET, /, a=b, true, 200",
        "GET, /, a=b, false, 400",
        "GET, http://b/, a=b, true, 400",
        "GET, /123456789, a=b, true, 200",
        "GET, /1234567890, a=b, true, 414",
        "GET, /, a=b|c=d, true, 200",
        "GET, /, a=b|c=d|e=f, true, 431",
        "GET, /, a=b|cookie=c|cookie=d|cookie=e, true, 200",
        "GET, /, a b=c, true, 400",
        "GET, /, a=b\tc, true, 200",
        "GET, /, a=b\u0001c, true, 400",
        "GET, /, 'a= b', true, 400",
        "TRACE, /, a=b, true, 405",
        "POST, /, content-length=x, true, 400",
    })
    void of_http2(String method, String target, String headers, boolean hasAuthority, int status) {
        var lines = new ArrayList<Map.Entry<String, String>>();
        for (var header : headers.split("\\|")) {
            lines.add(Map.entry(header.substring(0, header.indexOf('=')), header.substring(header.indexOf('=') + 1)));
        }
        var fields = MapFields.of(headers.replace('=', ':'));
        // A request line of 1 KiB, but for this test.
        var padded = target.startsWith("/1") ? target + "x".repeat(1024 - "/123456789".length()) : target;
        var refusal = HeadCheck.http2(method, padded, fields, lines, hasAuthority, new HeadLimits(1024, 2, 1024));
        assertThat(statusOf(refusal)).isEqualTo(status);
    }
}
