package io.wunderproxy.proxy.rules;

/** How a client finds the end of a response (RFC 9112, section 6.3). */
public enum ResponseFraming {
    /** By its length or because it has no body, or HTTP/2 tells. */
    KNOWN,
    CHUNKED,
    /** By the end of the connection. */
    CLOSE;

    /**
     * Chooses.
     *
     * @param http the client's version: 10, 11 or 20
     * @param hasLength whether the response says how long it is
     */
    public static ResponseFraming of(int http, boolean head, int status, boolean hasLength) {
        if (hasLength || http >= 20 || head || status == 204 || status == 304) {
            return KNOWN;
        }
        return http >= 11 ? CHUNKED : CLOSE;
    }
}
