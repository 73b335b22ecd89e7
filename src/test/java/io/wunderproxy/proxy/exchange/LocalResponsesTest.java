package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.MapFields;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LocalResponsesTest {
    @ParameterizedTest
    @CsvSource({
        "*, X-Wunderproxy-Fallback: i-1, true",
        "*, Host: a, false",
        "/, X-Wunderproxy-Fallback: i-1, false",
    })
    void peers_ask_about_the_proxy_itself(String target, String fields, boolean asks) {
        assertThat(LocalResponses.isProbe(target, MapFields.of(fields))).isEqualTo(asks);
    }

    @ParameterizedTest
    @CsvSource({"true, true, 204", "false, true, 503", "true, false, 503", "false, false, 503"})
    void a_proxy_is_able_with_a_backend_and_an_open_gate(boolean hasBackend, boolean open, int status) {
        assertThat(LocalResponses.probeStatus(hasBackend, open)).isEqualTo(status);
    }

    @ParameterizedTest
    @CsvSource({
        "true, false, '', true",
        "false, true, X-Forwarded-Proto: HTTPS, true",
        "false, false, X-Forwarded-Proto: https, false",
        "false, true, X-Forwarded-Proto: http, false",
        "false, true, '', false",
    })
    void a_trusted_proxy_may_say_that_its_client_speaks_tls(
            boolean tls, boolean trusted, String fields, boolean secure) {
        assertThat(LocalResponses.isSecure(tls, trusted, MapFields.of(fields))).isEqualTo(secure);
    }

    @ParameterizedTest
    @CsvSource({
        "443, /a?b, false, https://shop/a?b",
        "8443, /a, false, https://shop:8443/a",
        "-1, /, false, https://shop/",
        "443, *, true, https://shop",
        "443, http://other?a, false, https://shop/?a",
        "443, http://other, true, https://shop",
    })
    void the_same_over_tls(int port, String target, boolean isOptions, String url) {
        assertThat(LocalResponses.secureUrl("shop", port, target, isOptions)).isEqualTo(url);
    }

    @Test
    void the_page_of_the_operator_is_shown_but_not_in_maintenance(@TempDir Path directory) throws Exception {
        Files.writeString(directory.resolve("5xx.html"), "<p>sorry");
        try (var pages = new ErrorPages(new PageOptions(directory, Duration.ofMinutes(1)))) {
            assertThat(LocalResponse.of(ErrorResponse.OVERLOADED, pages))
                    .isEqualTo(new LocalResponse(503, "text/html; charset=utf-8", 1, "<p>sorry"));
            assertThat(LocalResponse.of(ErrorResponse.BODY_TOO_LARGE, pages))
                    .isEqualTo(
                            new LocalResponse(413, "text/plain; charset=utf-8", 0, "the request body is too large\n"));
            assertThat(LocalResponse.of(ErrorResponse.maintenance("noon"), pages)
                            .body())
                    .isEqualTo("noon\n");
        }
    }

    @Test
    void the_health_is_that_of_the_proxy_and_an_end_comes_first() {
        assertThat(LocalResponses.health(true, true, false)).isEqualTo(LocalResponses.HEALTHY);
        assertThat(LocalResponses.health(false, true, false)).isEqualTo("nothing to serve");
        assertThat(LocalResponses.health(true, false, false)).isEqualTo("held");
        assertThat(LocalResponses.health(true, true, true)).isEqualTo("draining");
    }

    @Test
    void only_a_get_or_head_of_exactly_the_path_asks_for_health() {
        assertThat(LocalResponses.isHealth("GET", "/up", "/up")).isTrue();
        assertThat(LocalResponses.isHealth("HEAD", "/up?x", "/up")).isTrue();
        assertThat(LocalResponses.isHealth("POST", "/up", "/up")).isFalse();
        assertThat(LocalResponses.isHealth("GET", "/upper", "/up")).isFalse();
    }
}
