package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class GrowingPauseTest {

    @Test
    void each_pause_is_twice_as_long_as_the_one_before_up_to_the_longest() {
        var first = new GrowingPause(Duration.ofSeconds(1), Duration.ofSeconds(5));

        assertThat(Stream.iterate(first, GrowingPause::next).limit(5).map(pause -> pause.duration()
                        .toSeconds()))
                .containsExactly(1L, 2L, 4L, 5L, 5L);
    }
}
