package io.wunderproxy.proxy.rules;

import java.util.function.Predicate;

/**
 * Describes the client to the backend in {@code X-Forwarded-*}, {@code X-Real-IP} and {@code Forwarded}. A value that is received here
 * comes from a trusted proxy: everybody else's was removed, since anybody can write it. Knows texts only.
 */
public final class ForwardedHeaders {
    private ForwardedHeaders() {}

    /**
     * The value of {@code X-Forwarded-For}.
     *
     * @param received what the trusted proxy has said, or null
     * @param peer the IP address of the trusted proxy; null if it came through a Unix socket
     * @return null if there is nothing to tell
     */
    public static String forwardedFor(String received, String peer) {
        if (received == null || received.isBlank()) {
            return peer;
        }
        return peer == null ? received : received + ", " + peer;
    }

    /**
     * The value of {@code X-Real-IP}: the last address in {@code X-Forwarded-For} that no trusted proxy has; what is before it
     * may be forged. A load balancer that adds to that list lets an {@code X-Real-IP} pass that the client has written, so this
     * one is believed only where there is no list.
     *
     * @param chain the received {@code X-Forwarded-For}, or null
     * @param received the received {@code X-Real-IP}, or null
     * @param peer the IP address of the trusted proxy; null if it came through a Unix socket
     * @param isProxy whether a trusted proxy has this address
     * @return null if there is nothing to tell
     */
    public static String realIp(String chain, String received, String peer, Predicate<String> isProxy) {
        if (chain == null || chain.isBlank()) {
            return keepOr(received, peer);
        }
        var known = peer;
        for (var end = chain.length(); end >= 0; ) {
            var start = chain.lastIndexOf(',', end - 1);
            var address = addressIn(chain.substring(start + 1, end).strip());
            if (address == null) {
                return known;
            }
            known = address;
            if (!isProxy.test(address)) {
                return known;
            }
            end = start;
        }
        return known;
    }

    /** An IP address, with or without a port; null if it is neither. */
    private static String addressIn(String text) {
        var address = text;
        if (text.startsWith("[")) {
            var end = text.indexOf(']');
            address = end < 0 ? text : text.substring(1, end);
        } else if (text.indexOf(':') == text.lastIndexOf(':') && text.indexOf(':') > 0) {
            address = text.substring(0, text.indexOf(':'));
        }
        return IpAddress.parse(address) != null ? address : null;
    }

    /**
     * The value of {@code X-Forwarded-Port}: the port in the URL that the client asked for.
     *
     * @param host the URL's host, with its port if that is not the usual one of the scheme; null if there is none
     * @param proto the URL's scheme
     */
    public static String port(String host, String proto) {
        if (host != null) {
            var colon = host.lastIndexOf(':');
            var digits = host.length() - colon - 1;
            if (colon >= 0 && digits > 0 && digits <= 5 && isNumber(host, colon + 1)) {
                return host.substring(colon + 1);
            }
        }
        return proto.equalsIgnoreCase("https") ? "443" : "80";
    }

    private static boolean isNumber(String text, int start) {
        for (var i = start; i < text.length(); i++) {
            if (text.charAt(i) < '0' || text.charAt(i) > '9') {
                return false;
            }
        }
        return true;
    }

    /**
     * The value of {@code Forwarded} (RFC 7239): what the trusted peer said, and this hop.
     *
     * @param received its value in the request of a trusted peer, or null
     * @param peer the IP address that the request came from; null if it came through a Unix socket
     * @param host null if there is none
     */
    public static String forwarded(String received, String peer, String host, boolean tls) {
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

    /** The value of the trusted proxy, else our own. */
    public static String keepOr(String received, String own) {
        return received != null && !received.isBlank() ? received : own;
    }
}
