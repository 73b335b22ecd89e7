package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.ErrorResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final long BODY = 1_000_000;
    private static final long RESPONSE = 3_000_000;

    private final Deadlines deadlines = new Deadlines(Duration.ofNanos(BODY), Duration.ofNanos(RESPONSE), 100, 0);

    @Test
    void the_backend_is_late_when_nobody_else_has_the_next_move() {
        assertThat(deadlines.late(RESPONSE - 1, false, false, 0, 0)).isNull();
        assertThat(deadlines.late(RESPONSE, false, false, 0, 0)).isEqualTo(ErrorResponse.BACKEND_SLOW);
        deadlines.progressed(1);
        assertThat(deadlines.late(RESPONSE, false, false, 0, 0)).isNull();
    }

    @Test
    void who_is_late_is_measured_by_what_is_allowed_last() {
        deadlines.allow(Duration.ofNanos(2 * BODY), Duration.ofNanos(BODY));

        assertThat(deadlines.late(BODY, false, false, 0, 0)).isEqualTo(ErrorResponse.BACKEND_SLOW);
        assertThat(deadlines.late(BODY, false, true, 0, 0)).isNull();
        assertThat(deadlines.earliest()).isEqualTo(BODY);
    }

    @Test
    void a_client_that_sends_is_held_to_the_time_of_bodies() {
        assertThat(deadlines.late(BODY - 1, false, true, 0, 0)).isNull();
        assertThat(deadlines.late(BODY, false, true, 0, 0)).isEqualTo(ErrorResponse.BODY_SLOW);
    }

    @Test
    void a_client_that_reads_is_late_if_it_takes_less_than_it_must_whatever_the_backend_does() {
        assertThat(deadlines.late(5 * BODY, true, false, 0, 0)).isNull();
        deadlines.progressed(6 * BODY);
        assertThat(deadlines.late(6 * BODY, true, false, 0, 99)).isEqualTo(ErrorResponse.READER_SLOW);
    }

    @Test
    void a_client_that_reads_is_in_time_as_long_as_it_takes_something() {
        assertThat(deadlines.late(5 * BODY, true, false, 0, 0)).isNull();
        assertThat(deadlines.late(6 * BODY, true, false, 0, 100)).isNull();
        assertThat(deadlines.late(7 * BODY, true, false, 1, 100)).isNull();
        assertThat(deadlines.late(8 * BODY, true, false, 1, 199)).isEqualTo(ErrorResponse.READER_SLOW);
    }

    @Test
    void the_time_of_a_reader_begins_anew_when_it_has_caught_up() {
        assertThat(deadlines.late(5 * BODY, true, false, 0, 0)).isNull();
        assertThat(deadlines.late(6 * BODY - 1, false, false, 0, 0)).isNull();
        assertThat(deadlines.late(9 * BODY, true, false, 0, 0)).isNull();
    }
}
