package io.wunderproxy.proxy.transport;

import io.vertx.core.net.SocketAddress;
import java.nio.file.Path;
import java.util.Objects;

/** An address to listen at: a TCP port of one or all interfaces, or a Unix domain socket. */
public sealed interface ListenAddress {
    /**
     * A TCP port.
     *
     * @param host an IP address or host name, IPv6 without brackets
     * @param port 0 to 65535; 0 lets the system choose a free one
     */
    record Tcp(String host, int port) implements ListenAddress {
        @Override
        public String toString() {
            return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * A Unix domain socket.
     *
     * @param path the socket file, made when listening starts and removed when it ends
     */
    record Unix(Path path) implements ListenAddress {
        @Override
        public String toString() {
            return "unix:" + path;
        }
    }

    /**
     * Reads {@code host:port}, {@code [ipv6]:port}, {@code :port} (all interfaces) or {@code unix:/path}.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it
     */
    static ListenAddress parse(String text) {
        Objects.requireNonNull(text, "text");
        if (text.startsWith("unix:")) {
            return parseUnix(text);
        }
        var colon = text.lastIndexOf(':');
        if (colon < 0) {
            throw invalid(text, "it has no port");
        }
        return new Tcp(parseHost(text, text.substring(0, colon)), parsePort(text, text.substring(colon + 1)));
    }

    private static Unix parseUnix(String text) {
        var path = text.substring("unix:".length());
        if (!path.startsWith("/")) {
            throw invalid(text, "the path of a Unix socket must be absolute");
        }
        if (path.endsWith("/")) {
            throw invalid(text, "the path of a Unix socket must name a file");
        }
        if (path.getBytes(java.nio.charset.StandardCharsets.UTF_8).length > 107) {
            throw invalid(text, "the path of a Unix socket can have at most 107 bytes");
        }
        return new Unix(Path.of(path));
    }

    private static String parseHost(String text, String host) {
        if (host.isEmpty()) {
            return "0.0.0.0";
        }
        if (host.startsWith("[") && host.endsWith("]") && host.length() > 2) {
            return host.substring(1, host.length() - 1);
        }
        if (host.indexOf(':') >= 0) {
            throw invalid(text, "write an IPv6 address in brackets");
        }
        if (host.chars().anyMatch(c -> c <= ' ' || c == '/' || c == '[' || c == ']')) {
            throw invalid(text, "the host has a character that no host has");
        }
        return host;
    }

    private static int parsePort(String text, String digits) {
        if (digits.isEmpty() || digits.length() > 5 || !digits.chars().allMatch(c -> c >= '0' && c <= '9')) {
            throw invalid(text, "the port is not a number");
        }
        var port = Integer.parseInt(digits);
        if (port > 65535) {
            throw invalid(text, "the port is above 65535");
        }
        return port;
    }

    private static IllegalArgumentException invalid(String text, String reason) {
        return new IllegalArgumentException("invalid listen address '" + text + "': " + reason
                + "; expected host:port, [ipv6]:port, :port or unix:/path");
    }

    /** This address as Vert.x writes it. */
    default SocketAddress toSocketAddress() {
        return switch (this) {
            case Tcp(var host, var port) -> SocketAddress.inetSocketAddress(port, host);
            case Unix(var path) -> SocketAddress.domainSocketAddress(path.toString());
        };
    }
}
