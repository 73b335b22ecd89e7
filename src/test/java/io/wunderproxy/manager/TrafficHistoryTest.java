package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.testkit.SetClock;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TrafficHistoryTest {
    private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");

    private final SetClock clock = new SetClock(START);
    private final TrafficHistory history = new TrafficHistory(new TrafficStats(), clock);

    private void sampleAfter(Duration time) {
        clock.add(time);
        history.sample();
    }

    @Test
    void keeps_the_last_hour_and_no_more() {
        for (var i = 0; i < 400; i++) {
            sampleAfter(TrafficHistory.INTERVAL);
        }

        assertThat(history.samples()).hasSize(360);
        assertThat(history.samples().getLast().at()).isEqualTo(START.plusSeconds(4000));
        assertThat(history.samples().getFirst().at()).isEqualTo(START.plusSeconds(410));
    }

    @Test
    void a_clock_that_is_set_back_costs_the_samples_of_the_future() {
        sampleAfter(TrafficHistory.INTERVAL);
        sampleAfter(Duration.ofMinutes(-1));
        sampleAfter(TrafficHistory.INTERVAL);

        assertThat(history.samples()).hasSize(1).allSatisfy(sample -> assertThat(sample.statusClasses())
                .containsExactly(0.0, 0.0, 0.0, 0.0, 0.0));
        assertThat(history.started()).isEqualTo(START);
    }
}
