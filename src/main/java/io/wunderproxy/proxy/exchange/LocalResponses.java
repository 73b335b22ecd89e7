package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.rules.Fields;
import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.RequestRules;

/** Requests that get a response here although nothing is wrong with them: questions of peers, and those that belong on TLS. */
public final class LocalResponses {
    private static final int HTTPS = 443;
    private static final int NO_CONTENT = 204;
    private static final int UNAVAILABLE = 503;

    /** The word for load balancers when all is well. */
    public static final String HEALTHY = "ok";

    private LocalResponses() {}

    /** Whether this asks about the proxy itself (RFC 9110, section 9.3.7), as only peers may. */
    public static boolean isProbe(String target, Fields fields) {
        return target.equals("*") && fields.has(Header.X_WUNDERPROXY_FALLBACK);
    }

    /** Whether a load balancer asks at this path, with or without a query, for the health of the proxy itself. */
    public static boolean isHealth(String method, String target, String path) {
        return (method.equals("GET") || method.equals("HEAD"))
                && target.startsWith(path)
                && (target.length() == path.length() || target.charAt(path.length()) == '?');
    }

    /** The word for load balancers: {@link #HEALTHY} if they may send requests, else the reason why not. */
    public static String health(boolean hasBackend, boolean isGateOpen, boolean isDraining) {
        if (isDraining) {
            return "draining";
        }
        if (!isGateOpen) {
            return "held";
        }
        return hasBackend ? HEALTHY : "nothing to serve";
    }

    /** The status of the response to a peer's question. */
    public static int probeStatus(boolean hasBackend, boolean isGateOpen) {
        return hasBackend && isGateOpen ? NO_CONTENT : UNAVAILABLE;
    }

    /**
     * Whether the client speaks TLS, with this proxy or with one in front, to which a redirect would be a loop.
     *
     * @param trusted whether the proxy in front is believed
     */
    public static boolean isSecure(boolean tls, boolean trusted, Fields fields) {
        return tls || trusted && "https".equalsIgnoreCase(fields.get(Header.X_FORWARDED_PROTO));
    }

    /**
     * The URL of the same thing over TLS.
     *
     * @param host without port
     * @param port of TLS; -1 if it is not known
     */
    public static String secureUrl(String host, int port, String target, boolean isOptions) {
        return "https://" + host + (port < 0 || port == HTTPS ? "" : ":" + port) + pathOf(target, isOptions);
    }

    private static String pathOf(String target, boolean isOptions) {
        var path = RequestRules.isAbsolute(target) ? RequestRules.targetOf(target, isOptions) : target;
        // The URL of the server as a whole has no path.
        return path.equals("*") ? "" : path;
    }

    /**
     * The URL of the same thing at another host, by the same scheme and port.
     *
     * @param canonical the host that it should be asked at
     * @param asked the host that it is asked at, with or without a port; null if none is named
     * @param secure whether the client speaks TLS
     * @return null if that is the host already, or none is named
     */
    public static String canonicalUrl(
            String canonical, String asked, boolean secure, String target, boolean isOptions) {
        if (asked == null || asked.isEmpty()) {
            return null;
        }
        var colon = asked.lastIndexOf(':');
        var end = colon > asked.lastIndexOf(']') ? colon : asked.length();
        return end == canonical.length() && asked.regionMatches(true, 0, canonical, 0, end)
                ? null
                : (secure ? "https://" : "http://") + canonical + asked.substring(end) + pathOf(target, isOptions);
    }
}
