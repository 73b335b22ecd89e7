package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.net.impl.HostAndPortImpl;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AuthorityTest {

    @ParameterizedTest
    @ValueSource(
            strings = {
                "example.com",
                "example.com:80",
                "10.0.0.1:8080",
                "[::1]",
                "[::1]:65535",
                "a%20b",
                "",
                ":80",
                "a:",
                "300.1.1.1"
            })
    void is_valid_with_an_empty_name_or_port_too(String authority) {
        assertThat(Authority.isValid(authority)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "a b", "a/b", "user@a", "[::1", "[]", "[::1]x", "a:65536", "a:8o", "a:80:80", "a%2", "a%zz", "\u00e4"
            })
    void is_not_valid_with_what_none_may_have(String authority) {
        assertThat(Authority.isValid(authority)).isFalse();
    }

    /** Vert.x refuses what it takes for invalid by itself, so that both must be of one mind. */
    @Test
    void is_valid_where_vertx_says_so() {
        var random = new Random(1);
        var letters = "a1.:[]%f-~!0256 @";
        for (var i = 0; i < 200_000; i++) {
            var text = new StringBuilder();
            for (var length = random.nextInt(9); length > 0; length--) {
                text.append(letters.charAt(random.nextInt(letters.length())));
            }
            var authority = text.toString();
            assertThat(Authority.isValid(authority))
                    .as(authority)
                    .isEqualTo(HostAndPortImpl.isValidAuthority(authority));
        }
    }
}
