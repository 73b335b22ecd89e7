package io.wunderproxy.manager;

import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.stats.TrafficStats.Snapshot;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The proxy's traffic over the last hour, as samples ten seconds apart. It is kept in memory, and starts anew with the agent.
 * Samples are differences of counters that are there anyway, so that requests cost nothing more.
 */
public final class TrafficHistory {

    static final Duration INTERVAL = Duration.ofSeconds(10);
    static final int LENGTH = 360;

    private static final String LAST_MINUTE = "1m";

    /**
     * The traffic of the ten seconds until then.
     *
     * @param statusClasses requests a second whose status was 1xx, 2xx, ... 5xx, at index 0 to 4
     * @param times how long the requests of the last minute took
     * @param connections open client connections by state
     */
    record Sample(Instant at, List<Double> statusClasses, Percentiles times, Map<ConnectionState, Long> connections) {}

    private final TrafficStats stats;
    private final Clock clock;
    private final Instant started;
    private final Deque<Sample> samples = new ArrayDeque<>();
    private List<Long> counted = List.of(0L, 0L, 0L, 0L, 0L);
    private Instant countedAt;

    public TrafficHistory(TrafficStats stats, Clock clock) {
        this.stats = stats;
        this.clock = clock;
        started = clock.instant();
        countedAt = started;
    }

    /** Takes a sample; call it every ten seconds. */
    public void sample() {
        add(stats.snapshot(), clock.instant());
    }

    private synchronized void add(Snapshot now, Instant at) {
        var seconds = TrafficReport.seconds(Duration.between(countedAt, at));
        var before = counted;
        counted = now.sinceStart().byStatusClass();
        countedAt = at;
        if (seconds <= 0) {
            // The clock was set back: samples are in the order of their times.
            samples.removeIf(sample -> !sample.at().isBefore(at));
            return;
        }
        if (samples.size() == LENGTH) {
            samples.removeFirst();
        }
        var rates = IntStream.range(0, counted.size())
                .mapToObj(i -> (counted.get(i) - before.get(i)) / seconds)
                .toList();
        samples.addLast(new Sample(at, rates, now.times().get(LAST_MINUTE), now.connections()));
    }

    /** The samples, oldest first. */
    synchronized List<Sample> samples() {
        return List.copyOf(samples);
    }

    /** When the agent was started. */
    Instant started() {
        return started;
    }
}
