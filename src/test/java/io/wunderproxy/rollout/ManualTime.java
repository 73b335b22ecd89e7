package io.wunderproxy.rollout;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.TreeMap;

/** Time that passes only while somebody pauses; and what happens meanwhile. */
final class ManualTime extends Clock implements Pauses {

    private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
    private static final Duration FOR_EVER = Duration.ofDays(1);

    private final TreeMap<Long, Runnable> planned = new TreeMap<>();
    private long nanos;

    /** At this time after the beginning, this happens. */
    synchronized ManualTime at(Duration time, Runnable action) {
        planned.merge(time.toNanos(), action, (one, other) -> () -> {
            one.run();
            other.run();
        });
        return this;
    }

    /** How much has passed. */
    synchronized Duration passed() {
        return Duration.ofNanos(nanos);
    }

    @Override
    public synchronized long nanos() {
        return nanos;
    }

    @Override
    public synchronized void pause(Duration time) {
        var end = nanos + time.toNanos();
        while (!planned.isEmpty() && planned.firstKey() <= end) {
            var next = planned.pollFirstEntry();
            nanos = Math.max(nanos, next.getKey());
            next.getValue().run();
        }
        nanos = end;
        if (nanos > FOR_EVER.toNanos()) {
            throw new AssertionError("waits for ever");
        }
    }

    @Override
    public Instant instant() {
        return START.plus(passed());
    }

    @Override
    public ZoneId getZone() {
        return ZoneOffset.UTC;
    }

    @Override
    public Clock withZone(ZoneId zone) {
        return this;
    }
}
