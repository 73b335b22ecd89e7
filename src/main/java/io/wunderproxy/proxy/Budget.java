package io.wunderproxy.proxy;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of memory or disk that all exchanges share. From any thread. */
final class Budget {
    private final long limit;
    private final AtomicLong used = new AtomicLong();

    Budget(long limit) {
        this.limit = limit;
    }

    /** Takes some if that many are left; if so, {@link #give} must follow. */
    boolean take(long bytes) {
        if (used.addAndGet(bytes) <= limit) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    /** Counts what is used already, be it too much, or less than nothing; {@link #give} must follow. */
    void claim(long bytes) {
        used.addAndGet(bytes);
    }

    void give(long bytes) {
        used.addAndGet(-bytes);
    }

    /** Whether nothing is left. */
    boolean isSpent() {
        return used.get() >= limit;
    }
}
