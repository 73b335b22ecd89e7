package io.wunderproxy.proxy.stats;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.PackedHistogram;

/**
 * How long something took, such as requests, as percentiles, since the last switch and over the last 1, 5 and 60 minutes. Each
 * event loop counts by itself, see {@link LoopTimes}; values are exact to two digits and end at one hour.
 */
public final class ResponseTimes {
    /**
     * How long they took.
     *
     * @param count how many there were
     */
    public record Percentiles(long count, Duration p50, Duration p90, Duration p99, Duration max) {}

    private static final int DIGITS = 2;
    /** The shorter windows move on in these steps, the longest one in minutes. */
    private static final Duration STEP = Duration.ofSeconds(10);

    private static final int STEPS_A_MINUTE = 6;
    private static final int MINUTES = 60;
    /** To add the windows up costs more than an anonymous reader of the status may cause. */
    private static final long FRESH_NANOS = Duration.ofMillis(250).toNanos();

    private final LongSupplier nanoTime;
    private final List<LoopTimes> loops = new CopyOnWriteArrayList<>();
    /** The number of times in each bucket of all loops that are in the windows already. */
    private final long[] moved = new long[LoopTimes.BUCKETS];

    private final Deque<Histogram> steps = new ArrayDeque<>();
    private final Deque<Histogram> minutes = new ArrayDeque<>();
    private final Histogram sinceSwitch = empty();
    private final Histogram sinceMark = empty();
    private final ReentrantLock lock = new ReentrantLock();
    private Map<String, Percentiles> fresh = Map.of();
    private long freshAt;
    private long step;

    /** @param nanoTime elapsed time in nanoseconds, such as {@link System#nanoTime}: windows do not follow a clock that is set */
    ResponseTimes(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        step = now();
        steps.addFirst(empty());
        minutes.addFirst(empty());
    }

    private static Histogram empty() {
        return new PackedHistogram(LoopTimes.LONGEST_MICROS, DIGITS);
    }

    private long now() {
        return Math.floorDiv(nanoTime.getAsLong(), STEP.toNanos());
    }

    /** Where one event loop, or another thread, counts. */
    LoopTimes forLoop() {
        var loop = new LoopTimes();
        loops.add(loop);
        return loop;
    }

    /** Moves the windows on; to be called at least every few seconds. */
    void tick() {
        lock.lock();
        try {
            moveOn();
        } finally {
            lock.unlock();
        }
    }

    private void moveOn() {
        var all = loops.toArray(LoopTimes[]::new);
        for (var bucket = 0; bucket < LoopTimes.BUCKETS; bucket++) {
            var counted = 0L;
            for (var loop : all) {
                counted += loop.count(bucket);
            }
            if (counted > moved[bucket]) {
                add(LoopTimes.shortestIn(bucket), counted - moved[bucket]);
                moved[bucket] = counted;
            }
        }
        var current = now();
        // Nobody may have looked for long.
        step = Math.max(step, current - MINUTES * STEPS_A_MINUTE);
        for (; step < current; step++) {
            moveOn(steps, 5 * STEPS_A_MINUTE);
            if ((step + 1) % STEPS_A_MINUTE == 0) {
                moveOn(minutes, MINUTES);
            }
        }
    }

    private void add(long micros, long more) {
        sinceSwitch.recordValueWithCount(micros, more);
        sinceMark.recordValueWithCount(micros, more);
        steps.getFirst().recordValueWithCount(micros, more);
        minutes.getFirst().recordValueWithCount(micros, more);
    }

    private static void moveOn(Deque<Histogram> window, int length) {
        var next = window.size() < length ? empty() : window.removeLast();
        next.reset();
        window.addFirst(next);
    }

    /** Starts the percentiles since the switch anew. */
    void reset() {
        lock.lock();
        try {
            moveOn();
            sinceSwitch.reset();
            sinceMark.reset();
            fresh = Map.of();
        } finally {
            lock.unlock();
        }
    }

    /** Starts the percentiles since the mark anew. */
    void mark() {
        lock.lock();
        try {
            moveOn();
            sinceMark.reset();
        } finally {
            lock.unlock();
        }
    }

    /** The percentiles since the last mark or switch. */
    Percentiles sinceMark() {
        lock.lock();
        try {
            moveOn();
            return of(sinceMark);
        } finally {
            lock.unlock();
        }
    }

    /** By window: {@code switch}, {@code 1m}, {@code 5m} and {@code 60m}; at most a quarter of a second old. */
    Map<String, Percentiles> percentiles() {
        lock.lock();
        try {
            if (fresh.isEmpty() || nanoTime.getAsLong() - freshAt >= FRESH_NANOS) {
                moveOn();
                fresh = byWindow();
                freshAt = nanoTime.getAsLong();
            }
            return fresh;
        } finally {
            lock.unlock();
        }
    }

    private Map<String, Percentiles> byWindow() {
        var byWindow = new LinkedHashMap<String, Percentiles>();
        byWindow.put("switch", of(sinceSwitch));
        byWindow.put("1m", of(sum(steps, STEPS_A_MINUTE)));
        byWindow.put("5m", of(sum(steps, 5 * STEPS_A_MINUTE)));
        byWindow.put("60m", of(sum(minutes, MINUTES)));
        return byWindow;
    }

    private static Histogram sum(Deque<Histogram> window, int most) {
        var sum = empty();
        window.stream().limit(most).forEach(sum::add);
        return sum;
    }

    private static Percentiles of(Histogram times) {
        return new Percentiles(
                times.getTotalCount(),
                micros(times.getValueAtPercentile(50)),
                micros(times.getValueAtPercentile(90)),
                micros(times.getValueAtPercentile(99)),
                micros(times.getTotalCount() == 0 ? 0 : times.getMaxValue()));
    }

    private static Duration micros(long value) {
        return Duration.ofNanos(value * 1000);
    }
}
