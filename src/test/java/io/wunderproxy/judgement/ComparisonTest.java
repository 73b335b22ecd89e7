package io.wunderproxy.judgement;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * How many of 1,000 simulated bakes of 30 s find a revision worse, looking every second as a host does. Requests come at random,
 * their times are log-normal around 30 ms, and 0.2 % of them failed before. The table of docs/deploying.md is of these.
 */
class ComparisonTest {

    private static final Comparison LIMITS = new Comparison(0.01, 3, 3, 10);
    private static final int RUNS = 1000;
    private static final int SECONDS = 30;
    private static final int SECONDS_BEFORE = 300;
    private static final double USUAL_ERRORS = 0.002;

    private final Random random = new Random(7);

    @ParameterizedTest(name = "{0} requests a second, errors {1}, {2} times slower from second {3} to {4}")
    @CsvSource({
        // A good one.
        "0.3, 0.002, 1, 0, 0, 0, 5",
        "2, 0.002, 1, 0, 0, 0, 5",
        "10, 0.002, 1, 0, 0, 0, 5",
        "100, 0.002, 1, 0, 0, 0, 5",
        // One of which 5 % fail; where there is too little traffic it stays.
        "0.3, 0.05, 1, 0, 0, 0, 5",
        "2, 0.05, 1, 0, 0, 400, 600",
        "10, 0.05, 1, 0, 0, 930, 1000",
        "100, 0.05, 1, 0, 0, 1000, 1000",
        // One that becomes slow after 10 s.
        "10, 0.002, 5, 11, 30, 1000, 1000",
        "100, 0.002, 5, 11, 30, 1000, 1000",
        // One that is slow to warm up.
        "10, 0.002, 10, 1, 8, 0, 5",
        "100, 0.002, 10, 1, 8, 0, 5"
    })
    void a_bad_one_is_found_as_far_as_there_is_traffic_and_a_good_one_stays(
            double rate, double errors, double slower, int from, int to, int least, int most) {
        var worse = 0;
        for (var run = 0; run < RUNS; run++) {
            if (isWorse(rate, errors, slower, from, to)) {
                worse++;
            }
        }

        assertThat(worse).isBetween(least, most);
    }

    private boolean isWorse(double rate, double errors, double slower, int from, int to) {
        var before = new Counted(SECONDS_BEFORE * rate);
        before.add((int) (SECONDS_BEFORE * rate), USUAL_ERRORS, 1, true);
        var baseline = before.traffic();
        var now = new Counted(SECONDS * rate);
        for (var second = 1; second <= SECONDS; second++) {
            var isSlow = second >= from && second <= to;
            now.add(arriving(rate), errors, isSlow ? slower : 1, second > SECONDS / 2);
            if (LIMITS.errors(now.traffic(), baseline).isPresent()) {
                return true;
            }
        }
        return LIMITS.times(now.traffic(), baseline).isPresent();
    }

    /** The requests of one second, by Poisson's distribution. */
    private int arriving(double rate) {
        var number = 0;
        var passed = -Math.log(1 - random.nextDouble());
        while (passed < rate) {
            number++;
            passed -= Math.log(1 - random.nextDouble());
        }
        return number;
    }

    private final class Counted {
        private final double[] times;
        private int timed;
        private int requests;
        private int failed;

        Counted(double expected) {
            times = new double[(int) (3 * expected) + 100];
        }

        void add(int more, double errors, double slower, boolean areTimed) {
            for (var i = 0; i < more; i++) {
                requests++;
                if (random.nextDouble() < errors) {
                    failed++;
                }
                if (areTimed) {
                    times[timed++] = slower * 0.03 * Math.exp(0.8 * random.nextGaussian());
                }
            }
        }

        Traffic traffic() {
            var sorted = Arrays.copyOf(times, timed);
            Arrays.sort(sorted);
            return new Traffic(requests, failed, percentile(sorted, 0.9), percentile(sorted, 0.99));
        }

        private static double percentile(double[] sorted, double part) {
            return sorted.length == 0 ? 0 : sorted[(int) (part * sorted.length)];
        }
    }
}
