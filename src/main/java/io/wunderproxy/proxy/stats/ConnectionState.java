package io.wunderproxy.proxy.stats;

/** What a client connection is doing. */
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
