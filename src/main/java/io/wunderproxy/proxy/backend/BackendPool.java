package io.wunderproxy.proxy.backend;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2FrameCodecBuilder;
import io.netty.handler.codec.http2.Http2MultiplexHandler;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2StreamChannelBootstrap;
import io.netty.resolver.AddressResolverGroup;
import io.netty.util.NetUtil;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.stats.LoopStats;
import io.wunderproxy.proxy.transport.ProxyTransport;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * The connections of one event loop to one backend. The one that was used last is used next, so that surplus ones grow
 * old and are closed.
 */
public final class BackendPool {
    private static final long A_MOMENT_NANOS = 1_000_000;

    /** How many bytes of a response an HTTP/2 backend may send ahead. */
    private static final int WINDOW = 256 * 1024;

    private final Backend backend;
    private final BackendOptions options;
    private final LoopStats stats;
    private final EventLoop eventLoop;
    private final LongSupplier nanoTime;
    private final Bootstrap bootstrap;
    private final SocketAddress address;
    private final ArrayDeque<BackendConnection> idle = new ArrayDeque<>();
    private final ByteBuffer scratch = ByteBuffer.allocateDirect(1);
    private ChannelFuture http2;
    private boolean closed;
    /** When those that have been idle for too long were closed last. */
    private long now;

    public BackendPool(
            Backend backend,
            BackendOptions options,
            LoopStats stats,
            ProxyTransport transport,
            EventLoop eventLoop,
            AddressResolverGroup<InetSocketAddress> resolver,
            LongSupplier nanoTime) {
        this.backend = backend;
        this.options = options;
        this.stats = stats;
        this.eventLoop = eventLoop;
        this.nanoTime = nanoTime;
        now = nanoTime.getAsLong();
        address = addressOf(backend);
        bootstrap = new Bootstrap()
                .group(eventLoop)
                .channelFactory(transport.channelFactory(false))
                .resolver(resolver)
                .option(ChannelOption.ALLOCATOR, PooledByteBufAllocator.DEFAULT)
                .option(ChannelOption.RCVBUF_ALLOCATOR, ProxyTransport.FAIR_READS)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.SO_KEEPALIVE, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, (int)
                        options.connect().toMillis())
                // A backend may respond and close without reading the whole request; its response is still to be read.
                .option(ChannelOption.AUTO_CLOSE, false)
                // The end of the stream is reported before the socket is closed, and can be looked into. With HTTP/2
                // the
                // requests learn of it by the closing of their streams, which comes with that of the socket.
                .option(ChannelOption.ALLOW_HALF_CLOSURE, backend.protocol() == Backend.Protocol.HTTP_1_1)
                .handler(new ChannelInitializer<Channel>() {
                    @Override
                    protected void initChannel(Channel channel) {
                        // Its handlers are added by the connection that is made around it.
                        stats.backendConnectionOpened();
                        channel.closeFuture().addListener(closed -> stats.backendConnectionClosed());
                    }
                });
    }

    private static InetSocketAddress addressOf(Backend backend) {
        var ip = NetUtil.createByteArrayFromIpAddressString(backend.host());
        if (ip == null) {
            return InetSocketAddress.createUnresolved(backend.host(), backend.port());
        }
        try {
            return new InetSocketAddress(InetAddress.getByAddress(ip), backend.port());
        } catch (UnknownHostException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /**
     * Takes an idle connection that the backend has neither closed nor sent something on. The system is asked: the event loop may be
     * about to learn it, and bytes that were sent unasked would be taken for the response to this request. Only a request that can be
     * sent again does without, if the connection had nothing to read a moment ago.
     *
     * @param again whether the request can be sent again without harm
     * @return null if there is none
     */
    public BackendConnection take(boolean again) {
        for (var connection = idle.pollFirst(); connection != null; connection = idle.pollFirst()) {
            stats.backendConnectionsIdle(-1);
            if (connection.channel().isActive()
                    && !connection.isExpired(now)
                    && (again && connection.idleFor(nanoTime.getAsLong()) < A_MOMENT_NANOS
                            || !ProxyTransport.isClosedOrReadable(connection.channel(), scratch))) {
                return connection;
            }
            connection.cancel();
        }
        return null;
    }

    /**
     * Makes a new connection; {@code then} gets either it or the reason why there is none, never before this method
     * returns.
     *
     * <p>The socket is not made at once: among the events that epoll has just reported, one could still wait that is
     * about a socket that was closed meanwhile. The new socket would have the same number and be taken for it.
     */
    public void connect(BiConsumer<BackendConnection, Throwable> then) {
        eventLoop.execute(() -> {
            if (backend.protocol() == Backend.Protocol.HTTP_2) {
                openStream(then);
            } else {
                connectHttp1(then);
            }
        });
    }

    private void connectHttp1(BiConsumer<BackendConnection, Throwable> then) {
        var connecting = bootstrap.connect(address);
        connecting.addListener(done -> {
            if (done.isSuccess()) {
                var idleLimit = options.idle().toNanos();
                then.accept(BackendConnection.http1(this, connecting.channel(), idleLimit), null);
            } else {
                then.accept(null, done.cause());
            }
        });
    }

    private void openStream(BiConsumer<BackendConnection, Throwable> then) {
        if (http2 == null || http2.isDone() && !isUsable(http2)) {
            http2 = bootstrap.connect(address);
            var channel = http2.channel();
            http2.addListener(connected -> {
                if (connected.isSuccess()) {
                    channel.pipeline().addLast(http2Codec(), new Http2MultiplexHandler(new RefusePushes()));
                }
            });
        }
        var connecting = http2;
        connecting.addListener(connected -> {
            if (connected.isSuccess()) {
                new Http2StreamChannelBootstrap(connecting.channel()).open().addListener(opened -> {
                    if (opened.isSuccess()) {
                        then.accept(BackendConnection.http2(this, (Channel) opened.getNow()), null);
                    } else {
                        then.accept(null, opened.cause());
                    }
                });
            } else {
                then.accept(null, connected.cause());
            }
        });
    }

    /** A connection that the backend says goodbye on carries no new streams (RFC 9113, section 6.8). */
    private static boolean isUsable(ChannelFuture connected) {
        var codec = connected.channel().pipeline().get(Http2FrameCodec.class);
        return connected.isSuccess()
                && connected.channel().isActive()
                && codec != null
                && !codec.connection().goAwayReceived();
    }

    private static Http2FrameCodec http2Codec() {
        return Http2FrameCodecBuilder.forClient()
                .initialSettings(
                        Http2Settings.defaultSettings().pushEnabled(false).initialWindowSize(WINDOW))
                .encoderEnforceMaxConcurrentStreams(true)
                .gracefulShutdownTimeoutMillis(-1)
                .build();
    }

    /** No backend opens a stream by itself: the settings forbid it. */
    @ChannelHandler.Sharable
    private static final class RefusePushes extends ChannelInboundHandlerAdapter {
        @Override
        public void channelActive(ChannelHandlerContext context) {
            context.close();
        }
    }

    /** Takes back a connection that can carry another request. */
    void release(BackendConnection connection) {
        if (closed || idle.size() >= options.mostIdle()) {
            connection.cancel();
        } else {
            connection.idleFrom(nanoTime.getAsLong());
            idle.addFirst(connection);
            stats.backendConnectionsIdle(1);
        }
    }

    /** Forgets a connection that was closed by the backend. */
    void remove(BackendConnection connection) {
        if (idle.remove(connection)) {
            stats.backendConnectionsIdle(-1);
        }
    }

    /** Closes the connections that have been idle for too long. */
    public void closeExpired(long nanoTime) {
        now = nanoTime;
        // Those that were used last are in front, so none before one that may stay has to be looked at.
        while (!idle.isEmpty() && idle.peekLast().isExpired(nanoTime)) {
            stats.backendConnectionsIdle(-1);
            idle.pollLast().cancel();
        }
    }

    /** Closes the idle connections now and each other one after its exchange. */
    public void close() {
        closed = true;
        // Closing one removes it from the queue.
        new ArrayDeque<>(idle).forEach(BackendConnection::cancel);
        if (http2 != null) {
            // After its open streams.
            http2.channel().close();
        }
    }

    int idle() {
        return idle.size();
    }

    public Backend backend() {
        return backend;
    }
}
