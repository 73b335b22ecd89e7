package io.wunderproxy.proxy;

/**
 * What the backend is told about the client in {@code X-Forwarded-For}, {@code -Proto} and {@code -Host}. Values that
 * a client sent itself are replaced, since anybody can write them; those of a trusted proxy are kept.
 */
final class ForwardedHeaders {
    private ForwardedHeaders() {}

    /**
     * The value of {@code X-Forwarded-For}.
     *
     * @param received its value in the request, or null
     * @param peer the IP address that the request came from; null if it came through a Unix socket
     * @param trusted whether the peer is a trusted proxy
     * @return null if there is nothing to tell
     */
    static String forwardedFor(String received, String peer, boolean trusted) {
        if (!trusted || received == null || received.isBlank()) {
            return peer;
        }
        return peer == null ? received : received + ", " + peer;
    }

    /** The value of {@code X-Forwarded-Proto}: what the trusted peer said, else what this connection speaks. */
    static String proto(String received, boolean tls, boolean trusted) {
        if (trusted && received != null && !received.isBlank()) {
            return received;
        }
        return tls ? "https" : "http";
    }

    /**
     * The value of {@code Forwarded} (RFC 7239): what the trusted peer said, and this hop.
     *
     * @param received its value in the request of a trusted peer, or null
     * @param peer the IP address that the request came from; null if it came through a Unix socket
     * @param host null if there is none
     */
    static String forwarded(String received, String peer, String host, boolean tls) {
        var value = new StringBuilder(96);
        if (received != null && !received.isBlank()) {
            value.append(received).append(", ");
        }
        value.append("for=");
        if (peer == null) {
            value.append("unknown");
        } else if (peer.indexOf(':') >= 0) {
            value.append("\"[").append(peer).append("]\"");
        } else {
            value.append(peer);
        }
        if (host != null) {
            value.append(";host=\"").append(host).append('"');
        }
        return value.append(";proto=").append(tls ? "https" : "http").toString();
    }

    /** The value of any other such header: what the trusted peer said, else our own. */
    static String keepOr(String received, String own, boolean trusted) {
        return trusted && received != null && !received.isBlank() ? received : own;
    }
}
