package io.wunderproxy.proxy.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ListenAddressTest {
    @ParameterizedTest
    @CsvSource({
        "0.0.0.0:80, 0.0.0.0, 80",
        "localhost:0, localhost, 0",
        "[::1]:8080, ::1, 8080",
        "[::]:65535, ::, 65535",
        ":9000, 0.0.0.0, 9000",
    })
    void reads_host_and_port(String text, String host, int port) {
        assertThat(ListenAddress.parse(text)).isEqualTo(new ListenAddress.Tcp(host, port));
    }

    @Test
    void reads_a_unix_socket() {
        assertThat(ListenAddress.parse("unix:/run/a.sock"))
                .isEqualTo(new ListenAddress.Unix(Path.of("/run/a.sock")))
                .hasToString("unix:/run/a.sock");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[::1]:80", "127.0.0.1:80", "unix:/x"})
    void is_written_as_it_is_read(String text) {
        assertThat(ListenAddress.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @CsvSource({
        "80, it has no port",
        "host:, the port is not a number",
        "host:http, the port is not a number",
        "host:-1, the port is not a number",
        "host:65536, the port is above 65535",
        "::1:80, write an IPv6 address in brackets",
        "http://x:80, write an IPv6 address in brackets",
        "a b:80, the host has a character that no host has",
        "unix:run/a.sock, the path of a Unix socket must be absolute",
        "unix:/run/, the path of a Unix socket must name a file",
    })
    void says_what_is_wrong(String text, String reason) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> ListenAddress.parse(text))
                .withMessageContaining("'" + text + "'")
                .withMessageContaining(reason);
    }
}
