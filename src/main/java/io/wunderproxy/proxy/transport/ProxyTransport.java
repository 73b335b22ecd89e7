package io.wunderproxy.proxy.transport;

import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.InternetProtocolFamily;
import io.netty.channel.socket.nio.NioDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.unix.IntegerUnixChannelOption;
import io.vertx.core.datagram.DatagramSocketOptions;
import io.vertx.core.impl.transports.EpollTransport;
import io.vertx.core.impl.transports.JDKTransport;
import io.vertx.core.net.ClientOptionsBase;
import io.vertx.core.net.NetServerOptions;
import io.vertx.core.spi.transport.Transport;
import java.io.IOException;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ThreadFactory;
import java.util.function.Consumer;

/**
 * The sockets under the proxy: epoll where it can be had, else the JDK's, with Unix sockets either way. It remembers
 * the listening sockets so that they can be closed alone, which Vert.x's own {@code HttpServer.close()} can't: that
 * cuts open connections too.
 */
public final class ProxyTransport implements Transport {
    /** {@code TCP_CLOSE} of {@code <netinet/tcp.h>}. */
    private static final int CLOSE = 7;
    /** {@code SO_KEEPALIVE} of {@code SOL_SOCKET}: Netty knows it for connections alone. */
    private static final ChannelOption<Integer> KEEPALIVE = new IntegerUnixChannelOption("SO_KEEPALIVE", 1, 9);

    private final Transport transport;
    private final boolean jdk;
    private volatile Consumer<Channel> accepted = connection -> {};
    private final List<ServerChannel> listeners = new CopyOnWriteArrayList<>();

    public ProxyTransport(boolean preferNative) {
        jdk = !(preferNative && Epoll.isAvailable());
        transport = jdk ? JDKTransport.INSTANCE : new EpollTransport();
    }

    /**
     * Says what is done with each connection before anything is read from it, for the listening sockets that are made
     * from now on. Called on a thread that belongs to no event loop of the workers.
     */
    public void onAccept(Consumer<Channel> step) {
        accepted = step;
    }

    /** Closes the listening sockets and returns when no more connections can be made. */
    public void closeListeners() {
        listeners.forEach(listener -> listener.close().awaitUninterruptibly());
        listeners.clear();
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

    @Override
    public ChannelFactory<? extends ServerChannel> serverChannelFactory(boolean domainSocket) {
        ChannelFactory<? extends ServerChannel> factory =
                domainSocket && jdk ? NioServerDomainSocketChannel::new : transport.serverChannelFactory(domainSocket);
        var step = accepted;
        return () -> {
            var listener = factory.newChannel();
            listeners.add(listener);
            listener.pipeline().addLast(new ChannelInboundHandlerAdapter() {
                @Override
                public void channelRead(ChannelHandlerContext context, Object connection) {
                    step.accept((Channel) connection);
                    context.fireChannelRead(connection);
                }
            });
            return listener;
        };
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

    @Override
    public void configure(NetServerOptions options, boolean domainSocket, ServerBootstrap bootstrap) {
        if (jdk && domainSocket) {
            return; // The options are all about TCP.
        }
        if (jdk || domainSocket) {
            transport.configure(options, domainSocket, bootstrap);
            return;
        }
        // An accepted socket has the options of the listening one, so that they are not set one by one for each client.
        // Netty sets TCP_NODELAY by itself.
        bootstrap
                .option(ChannelOption.SO_REUSEADDR, options.isReuseAddress())
                .option(KEEPALIVE, options.isTcpKeepAlive() ? 1 : 0)
                // Alone this one is not inherited: the first request is acknowledged by its response.
                .childOption(EpollChannelOption.TCP_QUICKACK, false);
    }
}
