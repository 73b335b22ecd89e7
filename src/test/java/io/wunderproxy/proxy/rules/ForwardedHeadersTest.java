package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardedHeadersTest {
    private static final TrustedProxies PROXIES = new TrustedProxies(List.of("10.0.0.0/8", "fd00::/8"));

    @ParameterizedTest
    @CsvSource({
        "'6.6.6.6, 192.0.2.7', 1.1.1.1, 192.0.2.7",
        "'6.6.6.6, 192.0.2.7, 10.0.0.2', , 192.0.2.7",
        "'10.0.0.3,10.0.0.2', , 10.0.0.3",
        "'6.6.6.6, unknown', , 10.0.0.1",
        "'6.6.6.6, nonsense, 10.0.0.2', , 10.0.0.2",
        "'192.0.2.7:4711', , 192.0.2.7",
        "'2001:db8::1, [fd00::2]:443', , 2001:db8::1",
        "'6.6.6.6,', , 10.0.0.1",
        "',', , 10.0.0.1",
        ", 192.0.2.7, 192.0.2.7",
        "' ', , 10.0.0.1",
        ", , 10.0.0.1",
    })
    void finds_the_last_address_that_no_trusted_proxy_has(String chain, String received, String expected) {
        assertThat(ForwardedHeaders.realIp(chain, received, "10.0.0.1", PROXIES::contains))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "shop.example, http, 80",
        "shop.example, https, 443",
        "shop.example:8080, https, 8080",
        "[2001:db8::1], http, 80",
        "[2001:db8::1]:81, http, 81",
        "shop.example:, http, 80",
        "shop.example:99999999, http, 80",
        ", HTTPS, 443",
    })
    void tells_the_port_of_the_url_that_the_client_asked_for(String host, String proto, String port) {
        assertThat(ForwardedHeaders.port(host, proto)).isEqualTo(port);
    }
}
