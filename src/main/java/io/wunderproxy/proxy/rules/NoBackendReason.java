package io.wunderproxy.proxy.rules;

/** Why there is no active backend, which decides on the response. */
public enum NoBackendReason {
    /** Nothing has been configured for this host: 404. */
    NOT_CONFIGURED,
    /** A backend is on its way: 503 with {@code Retry-After: 1}. */
    STARTING
}
