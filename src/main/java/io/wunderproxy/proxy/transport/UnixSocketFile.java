package io.wunderproxy.proxy.transport;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** The file of a Unix socket, which outlives a program that was killed. */
public final class UnixSocketFile {
    private UnixSocketFile() {}

    /**
     * Removes a socket file that nobody listens at.
     *
     * @throws ProxyStartException if somebody does, or the file is not a socket
     */
    public static void removeStale(Path path) {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        try {
            if (!Files.readAttributes(
                            path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther()) {
                throw new ProxyStartException(
                        "cannot listen on unix:" + path + ": the file exists and is not a socket; remove it first");
            }
            if (isLive(path)) {
                throw new ProxyStartException(
                        "cannot listen on unix:" + path + ": the socket is in use by another program");
            }
            Files.delete(path);
        } catch (IOException cause) {
            throw ProxyStartException.cannotListen(new ListenAddress.Unix(path), cause);
        }
    }

    private static boolean isLive(Path path) throws IOException {
        try (var channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
            return channel.connect(UnixDomainSocketAddress.of(path));
        } catch (java.net.ConnectException refused) {
            return false;
        } catch (java.net.SocketException other) {
            if (String.valueOf(other.getMessage()).contains("refused")) {
                return false;
            }
            throw other;
        }
    }
}
