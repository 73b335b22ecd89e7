package io.wunderproxy.proxy.routing;

import java.util.concurrent.atomic.AtomicReference;

/**
 * The right to use a backend for one request or one upgraded connection. A backend that drains is kept until its last
 * lease is released, so every lease must be released, whatever happens.
 */
public final class Lease {
    private final BackendSlot slot;
    private final AtomicReference<BackendSlot> held;

    Lease(BackendSlot slot) {
        this.slot = slot;
        held = new AtomicReference<>(slot);
    }

    /** The backend that this lease is on, also after its release. */
    public Backend backend() {
        return slot.backend();
    }

    /** Returns the lease; the second and later calls do nothing. May be called by any thread. */
    public void release() {
        if (held.get() != null && held.getAndSet(null) != null) {
            slot.release();
        }
    }
}
