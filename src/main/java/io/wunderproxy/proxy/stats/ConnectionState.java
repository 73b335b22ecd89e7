package io.wunderproxy.proxy.stats;

/** The state of a client connection. */
public enum ConnectionState {
    /** Accepted, no request yet. */
    NEW,
    /** At least one request is open. */
    ACTIVE,
    /** All requests so far have had their responses. */
    IDLE,
    /** A WebSocket or another protocol that was switched to. */
    UPGRADED
}
