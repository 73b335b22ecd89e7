package io.wunderproxy.manager;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.ServerChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Bounds the manager's connections, and shares them out by address, so that the proxy, the Docker Engine and the journal never
 * lack a file descriptor because of them. Netty finds it as a service, and calls it for each listening socket of this process;
 * those that are not the manager's are left alone.
 */
@RegisterForReflection
public final class ManagerConnections extends ChannelInitializerExtension {

    /** The system property that has Netty look for such services, with {@link #ON} as its value. */
    public static final String SWITCH = EXTENSIONS_SYSTEM_PROPERTY;

    public static final String ON = "serviceload";

    /** The system property with the number of connections. */
    public static final String MOST = "agent.manager.connections";

    private final Places<ManagerConnection> places = new Places<>(Integer.getInteger(MOST, 1));

    @Override
    public void postInitializeServerListenerChannel(ServerChannel channel) {
        ListeningServers.opened(channel);
    }

    @Override
    public void postInitializeServerChildChannel(Channel channel) {
        if (isManagers(channel.parent().localAddress())) {
            ListeningServers.accepted(channel);
            channel.pipeline().addFirst(new ManagerConnection(channel, places, System::nanoTime));
        }
    }

    /** Whether this socket is the manager's. Once the framework listens, it sets a port of 0 to the actual one. */
    static boolean isManagers(SocketAddress listening) {
        return switch (listening) {
            case InetSocketAddress tcp ->
                (tcp.getPort() == Integer.getInteger("quarkus.http.ssl-port", -1)
                                || tcp.getPort() == Integer.getInteger("quarkus.http.port", -1))
                        && isManagersHost(tcp.getAddress());
            case DomainSocketAddress unix -> unix.path().equals(System.getProperty("quarkus.http.domain-socket"));
            case null, default -> false;
        };
    }

    /** Whether this address is the manager's: the proxy may listen on the same port of another one of this host. */
    private static boolean isManagersHost(InetAddress listening) {
        try {
            return InetAddress.ofLiteral(System.getProperty("quarkus.http.host", ""))
                            .equals(listening)
                    || listening.isAnyLocalAddress();
        } catch (IllegalArgumentException name) {
            // The name was looked up when listening began; nothing may wait for DNS here.
            return true;
        }
    }
}
