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
    void knowsTheFixedOnesInAnyCase(String name) {
        assertThat(HopByHopHeaders.isHopByHop(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"Host", "Trailer", "Content-Length", "Connections", "X", "Upgrade-Insecure-Requests", ""})
    void leavesTheOthersAlone(String name) {
        assertThat(HopByHopHeaders.isHopByHop(name)).isFalse();
    }

    @Test
    void findsTokensInLists() {
        assertThat(HopByHopHeaders.hasToken("keep-alive,\tX-Foo , Upgrade", "upgrade"))
                .isTrue();
        assertThat(HopByHopHeaders.hasToken("keep-alive,\tX-Foo , Upgrade", "x-foo"))
                .isTrue();
        assertThat(HopByHopHeaders.hasToken("upgrades, anupgrade", "upgrade")).isFalse();
        assertThat(HopByHopHeaders.hasToken(",,", "upgrade")).isFalse();
    }

    @Test
    void isNamedByConnectionInAnyCaseUnlessTheNextHopNeedsIt() {
        assertThat(HopByHopHeaders.isNamedBy("close, x-foo", "X-Foo")).isTrue();
        assertThat(HopByHopHeaders.isNamedBy("close, X-FOO", "x-foo")).isTrue();
        assertThat(HopByHopHeaders.isNamedBy("close, x-foo", "x-bar")).isFalse();
        assertThat(HopByHopHeaders.isNamedBy("host, content-length", "Host")).isFalse();
    }

    @Test
    void linesOfOneFieldAreOneList() {
        assertThat(FieldLines.combined(List.of())).isNull();
        assertThat(FieldLines.combined(List.of("a"))).isEqualTo("a");
        assertThat(FieldLines.combined(List.of("a", "b"))).isEqualTo("a, b");
    }

    @Test
    void keepsWhatTheNextHopCannotDoWithout() {
        assertThat(HopByHopHeaders.isRemovable("Host")).isFalse();
        assertThat(HopByHopHeaders.isRemovable("content-length")).isFalse();
        assertThat(HopByHopHeaders.isRemovable("Cookie")).isTrue();
    }
}
