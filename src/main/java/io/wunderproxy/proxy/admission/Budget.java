package io.wunderproxy.proxy.admission;

import java.util.concurrent.atomic.AtomicLong;

/** Bytes of memory or disk that all exchanges share. From any thread. */
public final class Budget {
    private static final long LEAST_RESERVE = 16L << 20;

    private final long limit;
    private final AtomicLong used = new AtomicLong();

    public Budget(long limit) {
        this.limit = limit;
    }

    /** Takes some if that many are left; if so, {@link #give} must follow. */
    public boolean take(long bytes) {
        if (used.addAndGet(bytes) <= limit) {
            return true;
        }
        used.addAndGet(-bytes);
        return false;
    }

    /** Counts bytes that are used already, even beyond the limit, or a negative number of them; {@link #give} must follow. */
    void claim(long bytes) {
        used.addAndGet(bytes);
    }

    public void give(long bytes) {
        used.addAndGet(-bytes);
    }

    /**
     * How much more is used than can be tolerated, if positive. A quarter more than the limit is tolerated, and at least 16
     * MiB, in which everybody gets along with as little as possible.
     */
    public long overdraft() {
        return used.get() - limit - Math.max(limit / 4, LEAST_RESERVE);
    }

    /** The bytes that are used. */
    public long used() {
        return used.get();
    }

    /** Whether nothing is left. */
    public boolean isSpent() {
        return used.get() >= limit;
    }
}
