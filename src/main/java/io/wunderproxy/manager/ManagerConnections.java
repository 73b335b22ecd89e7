package io.wunderproxy.manager;

import io.netty.bootstrap.ChannelInitializerExtension;
import io.netty.channel.Channel;
import io.netty.channel.unix.DomainSocketAddress;
import io.quarkus.runtime.annotations.RegisterForReflection;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/**
 * Watches over the manager's connections: there are only so many, shared by address, so that the proxy, the Docker Engine and the
 * journal never lack a file descriptor because of them. Netty finds it as a service, and calls it for each listening socket of this
 * process; those that are not the manager's are left alone.
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
    public void postInitializeServerChildChannel(Channel channel) {
        if (isManagers(channel.parent().localAddress())) {
            channel.pipeline().addFirst(new ManagerConnection(channel, places, System::nanoTime));
        }
    }

    /** The framework sets the ports, once it listens, to what it was given for 0. */
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

    /** The proxy may listen on the same port of another address of this host. */
    private static boolean isManagersHost(InetAddress listening) {
        try {
            return InetAddress.ofLiteral(System.getProperty("quarkus.http.host", ""))
                            .equals(listening)
                    || listening.isAnyLocalAddress();
        } catch (IllegalArgumentException name) {
            // Which address it is was found out when it was listened at; here nothing may wait for DNS.
            return true;
        }
    }
}
