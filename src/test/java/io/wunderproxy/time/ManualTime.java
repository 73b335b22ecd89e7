package io.wunderproxy.time;

import io.wunderproxy.testkit.Patience;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Time that passes only when a test says so: either by hand, see {@link #pass}, or for everybody who waits as soon as nothing else
 * ends the wait, see {@link #flying}. A test can plan what happens meanwhile, see {@link #at}.
 */
public final class ManualTime implements MonotonicTime {

    private static final Instant BEGIN = Instant.parse("2026-01-31T12:00:00Z");

    /** A program that waits for so long while time flies never comes to what it waits for. */
    private static final Duration FOREVER = Duration.ofDays(1);

    private final boolean flies;
    private final List<Wait> waits = new ArrayList<>();
    private final List<Duration> sleeps = new ArrayList<>();
    private final TreeMap<Long, Runnable> planned = new TreeMap<>();
    private long now;

    private record Wait(long until, CompletableFuture<Object> end) {}

    private ManualTime(boolean flies) {
        this.flies = flies;
    }

    /** Stands still until {@link #pass} is called. */
    public static ManualTime standing() {
        return new ManualTime(false);
    }

    /** Whoever waits for something that is not there yet is at the end of the wait at once. */
    public static ManualTime flying() {
        return new ManualTime(true);
    }

    /** At this time after the beginning, this happens. */
    public synchronized ManualTime at(Duration time, Runnable action) {
        planned.merge(time.toNanos(), action, (one, other) -> () -> {
            one.run();
            other.run();
        });
        return this;
    }

    /** How much has passed. */
    public Duration passed() {
        return Duration.ofNanos(nanos());
    }

    /** A clock that shows this time. */
    public Clock clock() {
        return new Clock() {
            @Override
            public ZoneId getZone() {
                return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
                return this;
            }

            @Override
            public Instant instant() {
                return BEGIN.plus(passed());
            }
        };
    }

    @Override
    public synchronized long nanos() {
        return now;
    }

    /** Lets so much time pass. */
    public void pass(Duration time) {
        List<Wait> ended;
        synchronized (this) {
            var end = now + time.toNanos();
            while (!planned.isEmpty() && planned.firstKey() <= end) {
                var next = planned.pollFirstEntry();
                now = Math.max(now, next.getKey());
                next.getValue().run();
            }
            now = end;
            ended = waits.stream().filter(wait -> wait.until() - now <= 0).toList();
            waits.removeAll(ended);
        }
        ended.forEach(wait -> wait.end().complete(wait));
    }

    /** Returns when somebody waits until so much time has passed, and no shorter. */
    public synchronized void awaitWait(Duration time) throws InterruptedException {
        var deadline = System.nanoTime() + Patience.SOON.toNanos();
        while (waits.stream().noneMatch(wait -> wait.until() - now == time.toNanos())) {
            var left = Duration.ofNanos(deadline - System.nanoTime());
            if (left.isNegative()) {
                throw new AssertionError("nobody waits for " + time + ", but others until " + waits + " from " + now);
            }
            wait(left.toMillis() + 1);
        }
    }

    /** How long was slept, in this order. */
    public synchronized List<Duration> sleeps() {
        return List.copyOf(sleeps);
    }

    @Override
    public void sleep(Duration time) throws InterruptedException {
        synchronized (this) {
            sleeps.add(time);
        }
        try {
            await(new CompletableFuture<>(), time);
        } catch (TimeoutException passed) {
            // So much time has passed.
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public <T> T await(Future<T> event, Duration longest)
            throws InterruptedException, ExecutionException, TimeoutException {
        if (event.isDone()) {
            return event.get();
        }
        if (flies) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            pass(longest);
            if (passed().compareTo(FOREVER) > 0) {
                throw new AssertionError("waits forever");
            }
            throw new TimeoutException();
        }
        Wait wait;
        synchronized (this) {
            wait = new Wait(now + longest.toNanos(), new CompletableFuture<>());
            waits.add(wait);
            notifyAll();
        }
        try {
            ((CompletableFuture<T>) event)
                    .whenComplete((value, failure) -> wait.end().complete(event));
            if (wait.end().get(Patience.SOON.toSeconds(), TimeUnit.SECONDS) == wait) {
                throw new TimeoutException();
            }
            return event.get();
        } catch (TimeoutException e) {
            if (wait.end().isDone()) {
                throw e;
            }
            throw new InterruptedException("the test has ended, or has forgotten about this wait");
        } finally {
            synchronized (this) {
                waits.remove(wait);
            }
        }
    }
}
