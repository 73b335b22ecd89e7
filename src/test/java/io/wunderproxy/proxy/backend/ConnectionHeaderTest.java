package io.wunderproxy.proxy.backend;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.DefaultHttpHeaders;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConnectionHeaderTest {
    @Test
    void gives_what_is_said_of_the_connection_a_header_of_its_own() {
        assertThat(separated("TE, Close")).containsExactly("close", "TE");
        assertThat(separated("x, keep-alive ,Upgrade")).containsExactly("keep-alive", "x,Upgrade");
        assertThat(separated("Keep-Alive", "a", "close")).containsExactly("close", "a");
        assertThat(separated("Upgrade")).containsExactly("Upgrade");
        assertThat(separated("a,b")).containsExactly("a,b");
        assertThat(separated(",")).isEmpty();
    }

    /** Each of them would cost far more memory than the client has sent. */
    @Test
    void makes_no_headers_of_thousands_of_options() {
        assertThat(separated("a,".repeat(16_000) + "close")).hasSize(2);
    }

    private static List<String> separated(String... lists) {
        var headers = new DefaultHttpHeaders();
        headers.add("Connection", List.of(lists));
        ConnectionHeader.separate(headers);
        return headers.getAll("Connection");
    }
}
