package io.wunderproxy.proxy.routing;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A backend and the leases on it.
 *
 * <p>The number of leases and the two flags share one word, so that each decision about them is one compare-and-set: a
 * slot is closed by the very step that finds no lease left, and a lease is never taken on a closed slot.
 */
final class BackendSlot {
    private static final long DRAINING = 1L << 62;
    private static final long CLOSED = 1L << 61;
    private static final long LEASES = CLOSED - 1;

    private final Backend backend;
    private final AtomicLong state = new AtomicLong();
    private volatile CompletableFuture<DrainResult> drained = new CompletableFuture<>();

    BackendSlot(Backend backend) {
        this.backend = backend;
    }

    Backend backend() {
        return backend;
    }

    /** Takes a lease; null if this slot is closed. */
    Lease acquire() {
        while (true) {
            var now = state.get();
            if ((now & CLOSED) != 0) {
                return null;
            }
            if (state.compareAndSet(now, now + 1)) {
                return new Lease(this);
            }
        }
    }

    void release() {
        if (state.decrementAndGet() == DRAINING) {
            closeIfUnused();
        }
    }

    long leases() {
        return state.get() & LEASES;
    }

    boolean isClosed() {
        return (state.get() & CLOSED) != 0;
    }

    CompletableFuture<DrainResult> drained() {
        return drained;
    }

    /** From now on the slot closes as soon as it has no lease. Changes of this kind are made one at a time. */
    void drain() {
        if ((state.getAndUpdate(now -> (now & CLOSED) != 0 ? now : now | DRAINING) & CLOSED) == 0) {
            closeIfUnused();
        }
    }

    /** Takes back {@link #drain}; false if the slot is closed already. */
    boolean reactivate() {
        if ((state.getAndUpdate(now -> (now & CLOSED) != 0 ? now : now & ~DRAINING) & CLOSED) != 0) {
            return false;
        }
        // Nobody else completes it: only a slot that drains is closed.
        var ended = drained;
        drained = new CompletableFuture<>();
        ended.complete(DrainResult.REACTIVATED);
        return true;
    }

    /** Closes the slot whatever its leases. */
    void abandon() {
        if ((state.getAndUpdate(now -> now | CLOSED) & CLOSED) == 0) {
            drained.complete(DrainResult.ABANDONED);
        }
    }

    private void closeIfUnused() {
        if (state.compareAndSet(DRAINING, DRAINING | CLOSED)) {
            drained.complete(DrainResult.DRAINED);
        }
    }
}
