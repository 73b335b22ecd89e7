package io.wunderproxy.proxy.rules;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrustedProxiesTest {
    @Test
    void believes_listed_addresses_and_networks_only() {
        var trusted = new TrustedProxies(List.of("10.1.2.3", "192.168.0.0/20", "fd00::/8"));
        assertThat(trusted.contains("10.1.2.3")).isTrue();
        assertThat(trusted.contains("10.1.2.4")).isFalse();
        assertThat(trusted.contains("192.168.15.255")).isTrue();
        assertThat(trusted.contains("192.168.16.0")).isFalse();
        assertThat(trusted.contains("fd12::1%eth0")).isTrue();
        assertThat(trusted.contains("fe80::1")).isFalse();
        assertThat(trusted.contains(null)).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"10.0.0.0/33", "proxy.example", "10.0.0.0/", "::/129", ""})
    void refuses_what_is_neither(String text) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new TrustedProxies(List.of(text)))
                .withMessageContaining("'" + text + "'");
    }
}
