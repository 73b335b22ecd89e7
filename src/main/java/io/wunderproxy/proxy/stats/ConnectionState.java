package io.wunderproxy.proxy.stats;

/** The state of a client connection. */
public enum ConnectionState {
    /** Accepted, no request yet. */
    NEW,
    /** At least one request is being answered. */
    ACTIVE,
    /** All requests so far have been answered. */
    IDLE,
    /** A WebSocket or another protocol that was switched to. */
    UPGRADED
}
