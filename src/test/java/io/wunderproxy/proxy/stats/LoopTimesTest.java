package io.wunderproxy.proxy.stats;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class LoopTimesTest {
    private static final int DIGITS = 2;

    private final SplittableRandom random = new SplittableRandom(1);

    /** Short and long ones alike. */
    private long micros() {
        return random.nextLong(LoopTimes.LONGEST_MICROS + 1) >>> random.nextInt(32);
    }

    @Test
    void buckets_are_those_of_a_histogram_of_two_digits() {
        var histogram = new Histogram(LoopTimes.LONGEST_MICROS, DIGITS);
        for (var i = 0; i < 100_000; i++) {
            var micros = micros();
            assertThat(LoopTimes.shortestIn(LoopTimes.bucketOf(micros)))
                    .isEqualTo(histogram.lowestEquivalentValue(micros));
        }
        assertThat(LoopTimes.shortestIn(0)).isZero();
        for (var bucket = 1; bucket < LoopTimes.BUCKETS; bucket++) {
            var shortest = LoopTimes.shortestIn(bucket);
            assertThat(LoopTimes.bucketOf(shortest)).isEqualTo(bucket);
            assertThat(LoopTimes.bucketOf(shortest - 1)).isEqualTo(bucket - 1);
        }
    }

    @Test
    void times_that_no_bucket_is_for_are_counted_in_the_first_or_the_last() {
        var times = new LoopTimes();
        times.record(-1);
        times.record(0);
        times.record(LoopTimes.LONGEST_MICROS * 1000);
        times.record(Long.MAX_VALUE);
        assertThat(times.count(0)).isEqualTo(2);
        assertThat(times.count(LoopTimes.BUCKETS - 1)).isEqualTo(2);
    }

    @Test
    void a_percentile_is_within_a_hundredth_of_the_exact_one() {
        for (var round = 0; round < 200; round++) {
            var times = new ResponseTimes(System::nanoTime);
            var loops = new LoopTimes[] {times.forLoop(), times.forLoop(), times.forLoop()};
            var exact = new long[1 + random.nextInt(1000)];
            for (var i = 0; i < exact.length; i++) {
                exact[i] = micros();
                loops[i % loops.length].record(exact[i] * 1000);
            }
            Arrays.sort(exact);
            var windows = times.percentiles().values();
            assertThat(windows).allSatisfy(found -> {
                assertThat(found.count()).isEqualTo(exact.length);
                Map.of(50, found.p50(), 90, found.p90(), 99, found.p99(), 100, found.max())
                        .forEach((percent, time) -> {
                            var micros = exact[(exact.length * percent + 99) / 100 - 1];
                            assertThat(time.toNanos() / 1000)
                                    .as("percentile %s of %s times", percent, exact.length)
                                    .isBetween(micros, micros + micros / 100);
                        });
            });
        }
    }
}
