package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.rules.ErrorResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
    private static final ClientTimeouts CLIENT =
            new ClientTimeouts(Duration.ofNanos(1_000_000), Duration.ofNanos(1_000_000), Duration.ZERO);
    private static final long BODY = 1_000_000;
    private static final long RESPONSE = 3_000_000;

    private final Deadlines deadlines = new Deadlines(CLIENT, Duration.ofNanos(RESPONSE), 100, 0);

    @Test
    void theBackendIsLateWhenNobodyElseHasTheNextMove() {
        assertThat(deadlines.late(RESPONSE - 1, false, false, 0, 0)).isNull();
        assertThat(deadlines.late(RESPONSE, false, false, 0, 0)).isEqualTo(ErrorResponse.BACKEND_SLOW);
        deadlines.progressed(1);
        assertThat(deadlines.late(RESPONSE, false, false, 0, 0)).isNull();
    }

    @Test
    void aClientThatSendsIsHeldToTheTimeOfBodies() {
        assertThat(deadlines.late(BODY - 1, false, true, 0, 0)).isNull();
        assertThat(deadlines.late(BODY, false, true, 0, 0)).isEqualTo(ErrorResponse.BODY_SLOW);
    }

    @Test
    void aClientThatReadsIsLateIfItTakesLessThanItMustWhateverTheBackendDoes() {
        assertThat(deadlines.late(5 * BODY, true, false, 0, 0)).isNull();
        deadlines.progressed(6 * BODY);
        assertThat(deadlines.late(6 * BODY, true, false, 0, 99)).isEqualTo(ErrorResponse.READER_SLOW);
    }

    @Test
    void aClientThatReadsIsInTimeAsLongAsItTakesSomething() {
        assertThat(deadlines.late(5 * BODY, true, false, 0, 0)).isNull();
        assertThat(deadlines.late(6 * BODY, true, false, 0, 100)).isNull();
        assertThat(deadlines.late(7 * BODY, true, false, 1, 100)).isNull();
        assertThat(deadlines.late(8 * BODY, true, false, 1, 199)).isEqualTo(ErrorResponse.READER_SLOW);
    }

    @Test
    void theTimeOfAReaderBeginsAnewWhenItHasCaughtUp() {
        assertThat(deadlines.late(5 * BODY, true, false, 0, 0)).isNull();
        assertThat(deadlines.late(6 * BODY - 1, false, false, 0, 0)).isNull();
        assertThat(deadlines.late(9 * BODY, true, false, 0, 0)).isNull();
    }
}
