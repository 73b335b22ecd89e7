package io.wunderproxy.client;

import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.UnknownHostException;
import java.util.Arrays;

/**
 * The address at which a manager listens.
 *
 * @param uri {@code tcp://host:port} or {@code unix:///path}
 * @param tls whether it is called over TLS
 */
public record ManagerAddress(URI uri, boolean tls) {

    static final int DEFAULT_PORT = 8001;

    /**
     * Reads {@code host}, {@code host:port}, {@code http://host:port}, {@code https://host:port} or {@code unix:/path}.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it
     */
    public static ManagerAddress parse(String text) {
        if (text.startsWith("unix:")) {
            var path = text.substring("unix:".length()).replaceFirst("^//", "");
            if (!path.startsWith("/")) {
                throw invalid(text, "the path of a Unix socket must be absolute");
            }
            try {
                return new ManagerAddress(new URI("unix", "", path, null), false);
            } catch (URISyntaxException e) {
                throw invalid(text, "it is no path");
            }
        }
        var tls = text.startsWith("https://");
        var authority = text.replaceFirst("^https?://", "").replaceFirst("/$", "");
        try {
            var uri = new URI("tcp://" + authority);
            if (uri.getHost() == null || !uri.getPath().isEmpty() || uri.getUserInfo() != null) {
                throw invalid(text, "it is no host and port");
            }
            var port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
            if (port < 1 || port > 65535) {
                throw invalid(text, "the port must be 1 to 65535");
            }
            return new ManagerAddress(new URI("tcp://" + uri.getHost() + ":" + port), tls);
        } catch (URISyntaxException e) {
            throw invalid(text, "it is no host and port");
        }
    }

    private static IllegalArgumentException invalid(String text, String reason) {
        return new IllegalArgumentException("invalid manager address '" + text + "': " + reason
                + "; expected host:port, https://host:port or unix:/path");
    }

    public boolean isUnixSocket() {
        return uri.getScheme().equals("unix");
    }

    /** The path of a Unix socket. */
    public String path() {
        return uri.getPath();
    }

    /** A name or an address, without brackets. */
    public String host() {
        return uri.getHost().replaceAll("[\\[\\]]", "");
    }

    public int port() {
        return uri.getPort();
    }

    /** Whether it is on this machine. */
    public boolean isLocal() {
        return isUnixSocket()
                || uri.getHost().equals("localhost")
                || uri.getHost().startsWith("127.")
                || uri.getHost().equals("[::1]");
    }

    /** Whether only this machine or a private network can read along, or the connection is encrypted. */
    public boolean isPrivate() {
        if (isUnixSocket() || tls || isLocal()) {
            return true;
        }
        try {
            return Arrays.stream(InetAddress.getAllByName(host())).allMatch(ManagerAddress::isPrivate);
        } catch (UnknownHostException e) {
            return true; // Nothing can be sent there.
        }
    }

    /** Whether it is of RFC 1918, RFC 6598 (for a provider's customers, used by private networks), RFC 4193 or one's own link. */
    private static boolean isPrivate(InetAddress address) {
        var bytes = address.getAddress();
        return address.isLoopbackAddress()
                || address.isSiteLocalAddress()
                || address.isLinkLocalAddress()
                || bytes.length == 4 && bytes[0] == 100 && (bytes[1] & 0xc0) == 64
                || bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc;
    }

    @Override
    public String toString() {
        return isUnixSocket() ? "unix:" + uri.getPath() : (tls ? "https://" : "http://") + uri.getAuthority();
    }
}
