package io.wunderproxy.proxy.rules;

import java.util.Locale;

/** Why the proxy responded itself, or cut it off; what the counters and the access log call it. */
public enum Refusal {
    /** Not valid HTTP, or breaks a rule: 400, 501, 505. */
    MALFORMED,
    /** TRACE or CONNECT: 405, 501. */
    METHOD,
    /** Request line or headers above the limit: 414, 431. */
    HEAD_TOO_LARGE,
    /** 413. */
    BODY_TOO_LARGE,
    /** Asked for by a client that is in none of the allowed networks: 403. */
    NOT_ALLOWED,
    /** Without a right user and password: 401; or they can't be checked now: 503. */
    UNAUTHORIZED,
    /** The head did not arrive in time: 408. */
    HEAD_SLOW,
    /** The body did not arrive in time: 408. */
    BODY_SLOW,
    /** The client did not read its response: cut off. */
    READER_SLOW,
    /** Too many client connections: 503. */
    CONNECTIONS,
    /** Too many requests in flight: 503. */
    REQUESTS,
    /** More waited in memory than may, and on behalf of nobody more than of this client: cut off. */
    MEMORY,
    /** A trusted proxy's connection without a valid header of the PROXY protocol: 400. */
    PROXY_PROTOCOL,
    /** Far more HTTP/2 control frames than any client needs: cut off. */
    HTTP2_FLOOD,
    /** No room for the body on the disk: 507. */
    NO_SPACE,
    /** Waited too long in a pause, or too many waited: 503. */
    PAUSED,
    /** 503. */
    MAINTENANCE,
    /** No active backend: 404, 503. */
    NO_BACKEND,
    /** No connection to the backend: 502, 504. */
    BACKEND_UNREACHABLE,
    /** The backend closed the connection before its response: 502; or within it: cut off. */
    BACKEND_BROKEN,
    /** The backend's response is not HTTP: 502. */
    BACKEND_INVALID,
    /** The backend did not respond in time: 504; or paused within its response: cut off. */
    BACKEND_SLOW,
    /** A mistake of this program, which its log tells: cut off. */
    INTERNAL_ERROR;

    private final String label = name().toLowerCase(Locale.ROOT).replace('_', '-');

    /** Such as {@code head-too-large}. */
    public String label() {
        return label;
    }
}
