package io.wunderproxy.client;

import com.github.dockerjava.transport.UnixSocket;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.time.Duration;

/** Opens connections to managers. */
@FunctionalInterface
public interface Dialer {

    Duration TIMEOUT = Duration.ofSeconds(5);

    /** Connects without anything in between. */
    Dialer DIRECT = address -> {
        if (address.isUnixSocket()) {
            return UnixSocket.get(address.path());
        }
        var target = new InetSocketAddress(address.host(), address.port());
        if (target.isUnresolved()) {
            throw new UnknownHostException(address.host() + ": Name or service not known");
        }
        var socket = new Socket();
        try {
            socket.connect(target, (int) TIMEOUT.toMillis());
            socket.setTcpNoDelay(true);
            return socket;
        } catch (IOException e) {
            socket.close();
            throw e;
        }
    };

    /**
     * Connects to the address where the manager listens, without TLS.
     *
     * @throws ManagerException if it knows a better reason than an {@link IOException} has
     */
    Socket open(ManagerAddress address) throws IOException;
}
