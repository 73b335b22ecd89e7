package io.wunderproxy.proxy;

import java.util.concurrent.atomic.AtomicInteger;

/** How many may be in at the same time, over all event loops. */
final class Admission {
    private final int limit;
    private final AtomicInteger inside = new AtomicInteger();

    Admission(int limit) {
        this.limit = limit;
    }

    /** Enters if there is room; if so, {@link #leave} must follow. */
    boolean enter() {
        if (inside.incrementAndGet() <= limit) {
            return true;
        }
        inside.decrementAndGet();
        return false;
    }

    void leave() {
        inside.decrementAndGet();
    }
}
