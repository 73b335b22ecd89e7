package io.wunderproxy.cli;

import java.net.URI;
import java.net.URISyntaxException;

/**
 * Where a manager listens.
 *
 * @param uri {@code tcp://host:port} or {@code unix:///path}
 * @param tls whether it is spoken to over TLS
 */
record ManagerAddress(URI uri, boolean tls) {

    static final int DEFAULT_PORT = 8001;

    /**
     * Reads {@code host}, {@code host:port}, {@code http://host:port}, {@code https://host:port} or {@code unix:/path}.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it
     */
    static ManagerAddress parse(String text) {
        if (text.startsWith("unix:")) {
            var path = text.substring("unix:".length()).replaceFirst("^//", "");
            if (!path.startsWith("/")) {
                throw invalid(text, "the path of a Unix socket must be absolute");
            }
            return new ManagerAddress(URI.create("unix://" + path.replace(" ", "%20")), false);
        }
        var tls = text.startsWith("https://");
        var authority = text.replaceFirst("^https?://", "").replaceFirst("/$", "");
        try {
            var uri = new URI("tcp://" + authority);
            if (uri.getHost() == null || !uri.getPath().isEmpty() || uri.getUserInfo() != null) {
                throw invalid(text, "it is no host and port");
            }
            var port = uri.getPort() < 0 ? DEFAULT_PORT : uri.getPort();
            return new ManagerAddress(new URI("tcp://" + uri.getHost() + ":" + port), tls);
        } catch (URISyntaxException e) {
            throw invalid(text, "it is no host and port");
        }
    }

    private static IllegalArgumentException invalid(String text, String reason) {
        return new IllegalArgumentException("invalid manager address '" + text + "': " + reason
                + "; expected host:port, https://host:port or unix:/path");
    }

    boolean isUnixSocket() {
        return uri.getScheme().equals("unix");
    }

    /** Of a Unix socket. */
    String path() {
        return uri.getPath();
    }

    /** A name or an address, without brackets. */
    String host() {
        return uri.getHost().replaceAll("[\\[\\]]", "");
    }

    int port() {
        return uri.getPort();
    }

    /** Whether it is on this machine. */
    boolean isLocal() {
        return isUnixSocket()
                || uri.getHost().equals("localhost")
                || uri.getHost().startsWith("127.")
                || uri.getHost().equals("[::1]");
    }

    @Override
    public String toString() {
        return isUnixSocket() ? "unix:" + uri.getPath() : (tls ? "https://" : "http://") + uri.getAuthority();
    }
}
