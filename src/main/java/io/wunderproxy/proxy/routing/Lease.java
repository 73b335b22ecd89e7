package io.wunderproxy.proxy.routing;

/**
 * The right to use a backend for one request or one upgraded connection. A backend that drains is kept until its last
 * lease is released, so every lease must be released, whatever happens. Used by one thread: the event loop of its request.
 */
public final class Lease {
    private final BackendSlot slot;
    private boolean released;

    Lease(BackendSlot slot) {
        this.slot = slot;
    }

    /** The backend that this lease is on, also after its release. */
    public Backend backend() {
        return slot.backend();
    }

    /** Returns the lease; the second and later calls do nothing. */
    public void release() {
        if (!released) {
            released = true;
            slot.release();
        }
    }
}
