package io.wunderproxy.proxy.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.transport.Transport;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;

/**
 * The sockets under the proxy: epoll where it can be had, else the JDK's, with Unix sockets either way. It listens by
 * itself, on the event loops that serve: Vert.x would accept all connections on one thread of its own and hand them over. So
 * the listening sockets can also be closed alone, while {@code HttpServer.close()} cuts open connections too.
 */
public final class ProxyTransport implements Transport {
    /**
     * How connections are read: at most twice 64 KiB in a row, then the others of the event loop have their turn. Netty alone would
     * read sixteen times, and those behind a large body wait for all of it.
     */
    public static final RecvByteBufAllocator FAIR_READS = new AdaptiveRecvByteBufAllocator().maxMessagesPerRead(2);

    /** {@code TCP_CLOSE} of {@code <netinet/tcp.h>}. */
    private static final int CLOSE = 7;

    private final Transport transport;
    private final boolean jdk;
    private final List<ListeningSockets> listening = new CopyOnWriteArrayList<>();
    private volatile ChannelHandler serverHandler;

    public ProxyTransport(boolean preferNative) {
        jdk = !(preferNative && Epoll.isAvailable());
        transport = jdk ? JDKTransport.INSTANCE : new EpollTransport();
    }

    /**
     * Listens at an address; connections wait until {@link ListeningSockets#accept}.
     *
     * @param given those of them that listen there are used, and no others are opened then
     * @throws ProxyStartException if that can't be done
     */
    public ListeningSockets listen(ListenAddress address, ClientBalance balance, GivenSockets given) {
        try {
            var where = resolve(address);
            var taken = jdk ? List.<Integer>of() : given.take(where);
            if (taken.isEmpty() && address instanceof ListenAddress.Unix(var path)) {
                UnixSocketFile.removeStale(path);
            }
            var sockets = taken.isEmpty()
                    ? ListeningSockets.open(where, this::newListeningSocket, balance)
                    : ListeningSockets.adopt(where, taken, balance);
            listening.add(sockets);
            return sockets;
        } catch (ProxyStartException refused) {
            throw refused;
        } catch (Exception failed) {
            throw ProxyStartException.cannotListen(address, failed);
        }
    }

    private SocketAddress resolve(ListenAddress address) throws UnknownHostException {
        return switch (address) {
            case ListenAddress.Tcp(var host, var port) -> new InetSocketAddress(InetAddress.getByName(host), port);
            case ListenAddress.Unix unix -> convert(unix.toSocketAddress());
        };
    }

    private ServerChannel newListeningSocket(SocketAddress address) {
        if (address instanceof UnixDomainSocketAddress) {
            return new NioServerDomainSocketChannel();
        }
        return transport
                .serverChannelFactory(!(address instanceof InetSocketAddress))
                .newChannel();
    }

    /** The handler that makes an accepted connection one of the server that Vert.x took up last; null if it has none. */
    public ChannelHandler serverHandler() {
        return serverHandler;
    }

    /** Stops listening; what clients have sent by then on connections that were accepted meanwhile has been read. */
    public void closeListeners() {
        listening.forEach(ListeningSockets::close);
        listening.clear();
    }

    /** As {@link #closeListeners}, while another process accepts at the same sockets, and continues to. */
    public void leaveListeners() {
        listening.forEach(ListeningSockets::leave);
        listening.clear();
    }

    /** The descriptors of all listening sockets; empty without epoll. */
    public List<Integer> descriptors() {
        return listening.stream()
                .flatMap(sockets -> sockets.descriptors().stream())
                .toList();
    }

    /**
     * Whether the peer of a connection has closed it or sent something that this side has not seen yet, as far as
     * known. What was sent is lost then, so the connection is of no more use.
     *
     * @param scratch a direct buffer with room for one byte
     */
    public static boolean isClosedOrReadable(Channel channel, ByteBuffer scratch) {
        if (!(channel instanceof EpollSocketChannel epoll) || !epoll.isOpen()) {
            return false;
        }
        try {
            return epoll.fd().read(scratch, 0, 1) != 0;
        } catch (IOException broken) {
            return true;
        }
    }

    /**
     * Whether the peer has reset a connection. If its end was read before, with no error, then the peer had closed it before
     * the last bytes sent to it arrived, so no program has seen these. False if not known.
     */
    public static boolean isReset(Channel channel) {
        return channel instanceof EpollSocketChannel epoll
                && epoll.isOpen()
                && epoll.tcpInfo().state() == CLOSE;
    }

    /** Vert.x listens at nothing by itself. */
    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        return ParkedServerChannel::new;
    }

    @Override
    public ChannelFactory<? extends Channel> channelFactory(boolean domainSocket) {
        return domainSocket && jdk ? NioDomainSocketChannel::new : transport.channelFactory(domainSocket);
    }

    @Override
    public SocketAddress convert(io.vertx.core.net.SocketAddress address) {
        return address.isDomainSocket() && jdk
                ? UnixDomainSocketAddress.of(address.path())
                : transport.convert(address);
    }

    @Override
    public io.vertx.core.net.SocketAddress convert(SocketAddress address) {
        return address instanceof UnixDomainSocketAddress unix
                ? io.vertx.core.net.SocketAddress.domainSocketAddress(
                        unix.getPath().toString())
                : transport.convert(address);
    }

    @Override
    public boolean supportsDomainSockets() {
        return true;
    }

    @Override
    public boolean supportFileRegion() {
        return transport.supportFileRegion();
    }

    @Override
    public EventLoopGroup eventLoopGroup(int type, int threads, ThreadFactory threadFactory, int ioRatio) {
        return transport.eventLoopGroup(type, threads, threadFactory, ioRatio);
    }

    @Override
    public DatagramChannel datagramChannel() {
        return transport.datagramChannel();
    }

    @Override
    public DatagramChannel datagramChannel(InternetProtocolFamily family) {
        return transport.datagramChannel(family);
    }

    @Override
    public void configure(DatagramChannel channel, DatagramSocketOptions options) {
        transport.configure(channel, options);
    }

    @Override
    public void configure(ClientOptionsBase options, boolean domainSocket, Bootstrap bootstrap) {
        transport.configure(options, domainSocket, bootstrap);
    }

    /** Keeps what Vert.x would do with accepted connections; the options of these are those of {@link ListeningSockets}. */
    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        serverHandler = bootstrap.config().childHandler();
    }
}
