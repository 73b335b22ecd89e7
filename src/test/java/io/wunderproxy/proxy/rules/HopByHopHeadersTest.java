package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HopByHopHeadersTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "Connection",
                "Keep-Alive",
                "Proxy-Connection",
                "TE",
                "Transfer-Encoding",
                "Upgrade",
                "HTTP2-Settings",
                "Proxy-Authenticate",
                "Proxy-Authorization",
                "CONNECTION",
                "te"
            })
    void knows_the_fixed_ones_in_any_case(String name) {
        assertThat(HopByHopHeaders.isHopByHop(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "Trailer", "Content-Length", "Connections", "X", "Upgrade-Insecure-Requests", ""})
    void leaves_the_others_alone(String name) {
        assertThat(HopByHopHeaders.isHopByHop(name)).isFalse();
    }

    @Test
    void finds_tokens_in_lists() {
        assertThat(HopByHopHeaders.hasToken("keep-alive,\tX-Foo , Upgrade", "upgrade"))
                .isTrue();
        assertThat(HopByHopHeaders.hasToken("keep-alive,\tX-Foo , Upgrade", "x-foo"))
                .isTrue();
        assertThat(HopByHopHeaders.hasToken("upgrades, anupgrade", "upgrade")).isFalse();
        assertThat(HopByHopHeaders.hasToken(",,", "upgrade")).isFalse();
    }

    @Test
    void is_named_by_connection_in_any_case_unless_the_next_hop_needs_it() {
        assertThat(HopByHopHeaders.isNamedBy("close, x-foo", "X-Foo")).isTrue();
        assertThat(HopByHopHeaders.isNamedBy("close, X-FOO", "x-foo")).isTrue();
        assertThat(HopByHopHeaders.isNamedBy("close, x-foo", "x-bar")).isFalse();
        assertThat(HopByHopHeaders.isNamedBy("host, content-length", "Host")).isFalse();
    }

    @Test
    void lines_of_one_field_are_one_list() {
        assertThat(FieldLines.combined(List.of())).isNull();
        assertThat(FieldLines.combined(List.of("a"))).isEqualTo("a");
        assertThat(FieldLines.combined(List.of("a", "b"))).isEqualTo("a, b");
    }

    @Test
    void keeps_what_the_next_hop_cannot_do_without() {
        assertThat(HopByHopHeaders.isRemovable("Host")).isFalse();
        assertThat(HopByHopHeaders.isRemovable("content-length")).isFalse();
        assertThat(HopByHopHeaders.isRemovable("Cookie")).isTrue();
    }
}
