package io.wunderproxy.proxy.stats;

import java.time.Duration;

/**
 * How long something took on one event loop, counted by length. Lengths are whole microseconds up to one hour, and counted together
 * with others that differ by less than a hundredth: the buckets are those of an HdrHistogram of two digits.
 */
final class LoopTimes {
    static final long LONGEST_MICROS = Duration.ofHours(1).toNanos() / 1000;

    private static final int HALF_BITS = 7;
    /** Each power of two from here on is divided into so many buckets; below, each microsecond has its own. */
    private static final int HALF = 1 << HALF_BITS;

    private static final int EXACT = 2 * HALF;

    static final int BUCKETS = bucketOf(LONGEST_MICROS) + 1;

    private final Cells counts = new Cells(BUCKETS);

    /** Counts one; on this loop. Negative times are 0, longer ones than an hour an hour. */
    void record(long nanos) {
        counts.add(bucketOf(Math.clamp(nanos / 1000, 0, LONGEST_MICROS)), 1);
    }

    /** The number of times in a bucket, 0 to {@link #BUCKETS} - 1. */
    long count(int bucket) {
        return counts.get(bucket);
    }

    static int bucketOf(long micros) {
        var shift = Long.SIZE - HALF_BITS - 1 - Long.numberOfLeadingZeros(micros | EXACT - 1);
        return (shift << HALF_BITS) + (int) (micros >>> shift);
    }

    /** The shortest time in a bucket, in microseconds. */
    static long shortestIn(int bucket) {
        var shift = Math.max((bucket >>> HALF_BITS) - 1, 0);
        return (long) (bucket - (shift << HALF_BITS)) << shift;
    }
}
