package io.wunderproxy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManagerAddressTest {
    @ParameterizedTest
    @CsvSource({
        "10.0.0.7, http://10.0.0.7:8001, false",
        "web1:9001, http://web1:9001, false",
        "localhost, http://localhost:8001, true",
        "http://127.0.0.1:8001/, http://127.0.0.1:8001, true",
        "https://web1, https://web1:8001, false",
        "[::1]:9001, http://[::1]:9001, true",
        "unix:/run/api.sock, unix:/run/api.sock, true",
        "unix:///run/api.sock, unix:/run/api.sock, true",
    })
    void is_read(String text, String address, boolean local) {
        assertThat(ManagerAddress.parse(text)).hasToString(address);
        assertThat(ManagerAddress.parse(text).isLocal()).isEqualTo(local);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "unix:relative", "http://", "web 1", "web1:port", "ann@web1", "web1/path"})
    void is_refused_with_what_was_expected(String text) {
        assertThatThrownBy(() -> ManagerAddress.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected host:port");
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, true",
        "[::1], true",
        "10.0.0.7:8001, true",
        "172.31.0.1, true",
        "192.168.1.1, true",
        "100.64.0.1, true",
        "169.254.1.1, true",
        "[fd00::1], true",
        "[fe80::1], true",
        "unix:/run/api.sock, true",
        "https://203.0.113.7, true",
        "203.0.113.7, false",
        "100.128.0.1, false",
        "172.32.0.1, false",
        "[2001:db8::1], false",
    })
    void is_private_if_nobody_else_can_read_along(String text, boolean isPrivate) {
        assertThat(ManagerAddress.parse(text).isPrivate()).isEqualTo(isPrivate);
    }
}
