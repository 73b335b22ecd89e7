package io.wunderproxy.proxy.admission;

import java.util.concurrent.atomic.AtomicInteger;

/** How many may be in at the same time, over all event loops. */
public final class Admission {
    private final int limit;
    private final AtomicInteger inside = new AtomicInteger();

    public Admission(int limit) {
        this.limit = limit;
    }

    /** Enters if there is room; if so, {@link #leave} must follow. */
    public boolean enter() {
        if (inside.incrementAndGet() <= limit) {
            return true;
        }
        inside.decrementAndGet();
        return false;
    }

    public void leave() {
        inside.decrementAndGet();
    }
}
