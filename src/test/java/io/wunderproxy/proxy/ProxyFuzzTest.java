package io.wunderproxy.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.Coding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Cases drawn by chance, one after the other for {@code fuzz.seconds}, {@code fuzz.cases} at most. Whatever clients and
 * backends send: each byte that a backend gets belongs to exactly one well-formed request; a client takes a response for
 * complete if and only if it was complete at the backend; and each request of others gets its own response, on the same
 * connections to the backend.
 *
 * <p>{@code fuzz.seed} chooses the cases, {@code fuzz.case} only one of them. Without a seed they are the same each time,
 * so that a build fails for what has changed in it; {@code bench/fuzz} looks for new ones. A case that fails is made
 * smaller and printed.
 */
class ProxyFuzzTest {
    private static final long PATIENCE_MILLIS = 5_000;
    private static final long PATIENCE_AGAIN_MILLIS = 700;
    private static final int REPORTED = 8;

    private static FuzzBackend backend;
    private static final List<TestProxy> PROXIES = new ArrayList<>();

    @BeforeAll
    static void start() throws Exception {
        backend = new FuzzBackend();
        PROXIES.add(TestProxy.start(options -> options.eventLoops(1)));
        PROXIES.add(TestProxy.start(options -> options.eventLoops(1).requestBuffer(false)));
        PROXIES.add(TestProxy.start(options -> options.eventLoops(1)
                .requestMemory(1024)
                .responseBuffer(20_000)
                .compression(List.of(Coding.GZIP))
                .compressionMinimum(100)));
        for (var proxy : PROXIES) {
            proxy.active.switchTo(new Backend("fuzz", "127.0.0.1", backend.port()));
        }
    }

    @AfterAll
    static void stop() throws Exception {
        PROXIES.forEach(TestProxy::close);
        backend.close();
    }

    /** How a case ended. */
    private record Verdict(String problem, int[] choices, List<FuzzSocket.Event> events, int exchanges) {
        /** What kind of problem it is, whatever the numbers. */
        String kind() {
            return problem.replaceAll("[0-9]+", "N").replaceAll(":.*", "");
        }
    }

    private static Verdict run(Choices choices, long patienceMillis) {
        var proxy = PROXIES.get(choices.upTo(PROXIES.size()));
        var one = new FuzzCase(choices, proxy, backend, patienceMillis);
        String problem;
        try {
            problem = one.run();
        } catch (RuntimeException mistake) {
            problem = "the fuzzer fails: " + mistake;
            mistake.printStackTrace();
        }
        return new Verdict(problem, choices.drawn(), one.events(), one.exchanges());
    }

    @Test
    @Timeout(value = 7, unit = TimeUnit.DAYS) // It is as long as its option says.
    void nothing_is_lost_confused_or_made_up() throws Exception {
        var seed = Long.getLong("fuzz.seed", 1);
        var only = Long.getLong("fuzz.case");
        var most = Long.getLong("fuzz.cases", 1_500);
        var nanos = TimeUnit.SECONDS.toNanos(Integer.getInteger("fuzz.seconds", 60));
        System.out.println("fuzz.seed=" + seed);
        var began = System.nanoTime();
        var cases = 0L;
        var exchanges = 0L;
        Set<String> kinds = new TreeSet<>();
        var report = new StringBuilder();
        for (var number = only == null ? 0 : only;
                (only == null ? cases < most : number == only)
                        && System.nanoTime() - began < nanos
                        && kinds.size() < REPORTED;
                number++) {
            var verdict = run(Choices.of(seed, number), PATIENCE_MILLIS);
            cases++;
            exchanges += verdict.exchanges();
            if (verdict.problem() != null && kinds.add(verdict.kind())) {
                var paused = System.nanoTime();
                var text = describe(seed, number, verdict);
                began += System.nanoTime() - paused;
                System.out.println(text);
                report.append(text);
            }
        }
        var seconds = (System.nanoTime() - began) / 1e9;
        System.out.printf("%d cases, %d exchanges, %.0f a second%n", cases, exchanges, exchanges / seconds);
        assertThat(report).asString().isEmpty();
        assertThat(exchanges).isPositive();
    }

    private static String describe(long seed, long number, Verdict found) {
        var smallest = shrink(found);
        var text = new StringBuilder("\ncase " + number + " of seed " + seed + ": " + found.problem() + "\nsmallest: "
                + smallest.problem() + "\n");
        smallest.events().forEach(event -> text.append("  ").append(event).append('\n'));
        return text.toString();
    }

    /** Leaves choices out and makes them plainer as long as the same kind of problem is found. */
    private static Verdict shrink(Verdict found) {
        var until = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
        var smallest = found;
        for (var changed = true; changed && System.nanoTime() < until; ) {
            changed = false;
            for (var length = Math.max(1, smallest.choices().length / 2); length > 0; length /= 2) {
                for (var at = smallest.choices().length - length; at >= 0 && System.nanoTime() < until; at--) {
                    for (var without :
                            List.of(without(smallest.choices(), at, length), plainer(smallest.choices(), at, length))) {
                        if (!Arrays.equals(without, smallest.choices())) {
                            var again = run(Choices.given(without), PATIENCE_AGAIN_MILLIS);
                            if (again.problem() != null
                                    && again.kind().equals(found.kind())
                                    && isSmaller(again, smallest)) {
                                smallest = again;
                                changed = true;
                                break;
                            }
                        }
                    }
                    at = Math.min(at, smallest.choices().length - length);
                }
            }
        }
        return smallest;
    }

    private static boolean isSmaller(Verdict one, Verdict other) {
        var oneSize = one.events().stream()
                .mapToInt(event -> 20 + (event.bytes() == null ? 0 : event.bytes().length))
                .sum();
        var otherSize = other.events().stream()
                .mapToInt(event -> 20 + (event.bytes() == null ? 0 : event.bytes().length))
                .sum();
        return oneSize < otherSize
                || oneSize == otherSize
                        && Arrays.stream(one.choices()).sum()
                                < Arrays.stream(other.choices()).sum();
    }

    private static int[] without(int[] choices, int at, int length) {
        var rest = new int[choices.length - length];
        System.arraycopy(choices, 0, rest, 0, at);
        System.arraycopy(choices, at + length, rest, at, rest.length - at);
        return rest;
    }

    private static int[] plainer(int[] choices, int at, int length) {
        var plain = choices.clone();
        Arrays.fill(plain, at, Math.min(at + length, plain.length), 0);
        return plain;
    }
}
