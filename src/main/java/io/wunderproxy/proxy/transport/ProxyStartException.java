package io.wunderproxy.proxy.transport;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/** The proxy can't start; the message is for the operator and says what to do. */
public final class ProxyStartException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    ProxyStartException(String message) {
        super(message);
    }

    private ProxyStartException(String message, Throwable cause) {
        super(message, cause);
    }

    /** Says why nothing can listen at an address of this host, and what to do. */
    public static ProxyStartException cannotListen(ListenAddress address, Throwable cause) {
        return new ProxyStartException("cannot listen on " + address + ": " + reason(address, cause), cause);
    }

    public static ProxyStartException cannotServeTls(Throwable cause) {
        return new ProxyStartException("cannot serve TLS: " + cause.getMessage(), cause);
    }

    public static ProxyStartException cannotWrite(Path file, IOException cause) {
        return new ProxyStartException(
                "cannot write the access log " + file + ": "
                        + switch (cause) {
                            case NoSuchFileException missing -> "its directory is not there";
                            case AccessDeniedException denied -> "permission denied";
                            case FileSystemException other when other.getReason() != null -> other.getReason();
                            default -> cause.getMessage();
                        },
                cause);
    }

    /** The JDK and the native transport report the same errors as different exceptions with similar texts. */
    private static String reason(ListenAddress address, Throwable cause) {
        var text = String.valueOf(cause.getMessage());
        if (text.contains("in use")) {
            return switch (address) {
                case ListenAddress.Tcp(var host, var port) ->
                    "the port is in use by another program (to find it: ss -ltnp 'sport = :" + port
                            + "'); stop that one or choose another port";
                case ListenAddress.Unix unix -> "the socket is in use by another program";
            };
        }
        if (text.matches("(?s).*[Pp]ermission denied.*")) {
            return switch (address) {
                case ListenAddress.Tcp(var host, var port)
                when port > 0 && port < 1024 ->
                    "permission denied; ports below 1024 need root or the capability CAP_NET_BIND_SERVICE"
                            + " (systemd: AmbientCapabilities=CAP_NET_BIND_SERVICE); or choose another port";
                default -> "permission denied";
            };
        }
        if (text.contains("assign requested address")) {
            return "this host has no such address";
        }
        return cause instanceof java.net.UnknownHostException ? "unknown host" : text;
    }
}
