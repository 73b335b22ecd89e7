package io.wunderproxy.judgement;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * How many of 1,000 simulated bakes of 30 s find a revision worse, looking every second as a host does. Requests come at random,
 * their times are log-normal around 30 ms, and 0.2 % of them failed before.
 */
class ComparisonTest {

    private static final Comparison LIMITS = new Comparison(0.01, 3, 3, 10);
    private static final int RUNS = 1000;
    private static final int SECONDS = 30;
    private static final int SECONDS_BEFORE = 300;
    private static final double USUAL_ERRORS = 0.002;
    private static final double[] RATES = {0.3, 2, 10, 100};

    private static final Kind GOOD = new Kind("as good as before", USUAL_ERRORS, 1, 0, 0);
    private static final Kind FAILING = new Kind("5 % of its requests fail", 0.05, 1, 0, 0);
    private static final Kind SLOW = new Kind("5 times slower after 10 s", USUAL_ERRORS, 5, 11, SECONDS);
    private static final Kind COLD = new Kind("10 times slower for the first 8 s", USUAL_ERRORS, 10, 1, 8);

    private final Random random = new Random(7);

    /**
     * A revision.
     *
     * @param errors the share of its requests that fail
     * @param slower how many times it is slower, in the seconds from {@code from} to {@code to}
     */
    private record Kind(String name, double errors, double slower, int from, int to) {}

    /**
     * The bakes that found it worse.
     *
     * @param seconds after how long each did
     */
    private record Found(List<Integer> seconds) {
        int number() {
            return seconds.size();
        }

        @Override
        public String toString() {
            if (number() < RUNS / 100) {
                return Integer.toString(number());
            }
            var usual = seconds.stream().sorted().toList().get(number() / 2);
            return String.format(Locale.ROOT, "%,d, ", number())
                    + (usual == SECONDS ? "at the end" : "after " + usual + " s");
        }
    }

    @Test
    void a_bad_one_is_found_as_far_as_there_is_traffic_and_a_good_one_stays() throws IOException {
        var good = found(GOOD);
        var failing = found(FAILING);
        var slow = found(SLOW);
        var cold = found(COLD);

        assertThat(good).allMatch(found -> found.number() <= 5);
        assertThat(cold).allMatch(found -> found.number() <= 5);
        assertThat(failing.get(2).number()).isGreaterThan(900);
        assertThat(failing.get(3).number()).isEqualTo(RUNS);
        assertThat(slow.get(2).number()).isEqualTo(RUNS);
        assertThat(slow.get(3).number()).isEqualTo(RUNS);
        assertThat(Files.readString(Path.of("docs", "deploying.md")))
                .contains(row(GOOD, good) + row(FAILING, failing) + row(SLOW, slow) + row(COLD, cold));
    }

    private static String row(Kind kind, List<Found> found) {
        return found.stream()
                .map(Found::toString)
                .collect(Collectors.joining(" | ", "| " + kind.name() + " | ", " |\n"));
    }

    private List<Found> found(Kind kind) {
        return Arrays.stream(RATES).mapToObj(rate -> found(kind, rate)).toList();
    }

    private Found found(Kind kind, double rate) {
        var seconds = new ArrayList<Integer>();
        for (var run = 0; run < RUNS; run++) {
            var worse = worse(kind, rate);
            if (worse > 0) {
                seconds.add(worse);
            }
        }
        return new Found(seconds);
    }

    /** The second in which a bake finds it worse; 0 if it does not. */
    private int worse(Kind kind, double rate) {
        var before = new Counted(SECONDS_BEFORE * rate);
        before.add((int) (SECONDS_BEFORE * rate), USUAL_ERRORS, 1, true);
        var baseline = before.traffic();
        var now = new Counted(SECONDS * rate);
        for (var second = 1; second <= SECONDS; second++) {
            var isSlow = second >= kind.from() && second <= kind.to();
            now.add(arriving(rate), kind.errors(), isSlow ? kind.slower() : 1, second > SECONDS / 2);
            if (LIMITS.errors(now.counts(), baseline).isPresent()) {
                return second;
            }
        }
        return LIMITS.times(now.traffic(), baseline).isPresent() ? SECONDS : 0;
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

        Traffic counts() {
            return new Traffic(requests, failed, 0, 0);
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
