package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.ResponseFraming;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PersistenceTest {
    private final Persistence persistence = new Persistence();

    @ParameterizedTest
    @CsvSource({
        // Closing, waits to be asked for its body, read whole, length of the body, and whether the connection is
        // closed.
        "false, false, true, -1, false",
        "true, false, true, -1, true",
        "false, false, false, -1, true",
        "false, false, false, 65536, false",
        "false, false, false, 65537, true",
        "false, true, false, 10, true",
        "false, true, true, 10, false",
    })
    void after_a_response_of_the_proxys_own(
            boolean closing, boolean awaitsContinue, boolean ended, long length, boolean closed) {
        persistence.responding(closing, awaitsContinue, ended, length);
        assertThat(persistence.isClosed()).isEqualTo(closed);
        assertThat(persistence.endsTheResponse()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "KNOWN, false, false, false",
        "CHUNKED, false, false, false",
        "CLOSE, false, false, true",
        "KNOWN, true, false, true",
        "KNOWN, false, true, true"
    })
    void after_a_response_of_a_backend(
            ResponseFraming framing, boolean closing, boolean awaitsContinue, boolean closed) {
        persistence.framed(framing);
        persistence.forwarding(closing, awaitsContinue);
        assertThat(persistence.isClosed()).isEqualTo(closed);
        assertThat(persistence.endsTheResponse()).isEqualTo(framing == ResponseFraming.CLOSE);
    }

    @Test
    void what_is_decided_is_not_taken_back() {
        persistence.close();
        persistence.framed(ResponseFraming.KNOWN);
        persistence.forwarding(false, false);
        assertThat(persistence.isClosed()).isTrue();
        persistence.framed(ResponseFraming.CLOSE);
        persistence.close();
        assertThat(persistence.endsTheResponse()).isTrue();
    }
}
