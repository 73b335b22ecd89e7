package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.util.ReferenceCountUtil;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.backend.OrderlyClose;
import io.wunderproxy.proxy.transport.ChannelTimer;
import io.wunderproxy.proxy.transport.ProxyTransport;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * Carries bytes both ways between a client and a backend after they switched protocols (RFC 9110, section 7.8). Each
 * side is read only as fast as the other one takes it. When the backend closes, what it sent is delivered and the client
 * is closed. When the client has finished sending, the backend learns it, and what that still sends is delivered
 * until it closes or says nothing for a while: the standard input of a command in a container ends like this. Ends exactly
 * once. Both connections are on one event loop.
 */
final class Tunnel {
    private static final int RESET_CHECK_MILLIS = 1000;

    private final Direction in;
    private final Direction out;
    private final Runnable moved;
    private final Runnable ended;
    private final long patienceNanos;
    private boolean open = true;

    /**
     * @param patience how long the backend may say nothing after the client has ended its side, and how long either may
     *     take nothing of what waits for it when the tunnel ends
     * @param moved runs when bytes were passed on, some of which may still wait
     * @param ended runs once, after the last byte
     */
    Tunnel(Channel client, Channel backend, Duration patience, Runnable moved, Runnable ended) {
        in = new Direction(client, backend);
        out = new Direction(backend, client);
        patienceNanos = patience.toNanos();
        this.moved = moved;
        this.ended = ended;
        client.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        backend.pipeline().addLast(new OrderlyClose(patience, () -> false));
    }

    /** The handler for the client's pipeline, which must be free of HTTP after it was added. */
    ChannelHandler clientSide() {
        return in;
    }

    /** The handler for the backend's pipeline, which must be free of HTTP after it was added. */
    ChannelHandler backendSide() {
        return out;
    }

    /** Bytes from the client. */
    long bytesIn() {
        return in.bytes;
    }

    /** Bytes for the client. */
    long bytesOut() {
        return out.bytes;
    }

    /** Bytes that the backend has not taken. */
    long unsentToBackend() {
        return BackendConnection.unsent(in.target);
    }

    private void close() {
        if (open) {
            open = false;
            in.target.close();
            out.target.close();
            ended.run();
        }
    }

    /** Tells the backend that the client says no more. */
    private void endIn() {
        if (open && in.target instanceof DuplexChannel backend && !backend.isOutputShutdown()) {
            in.target.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> backend.shutdownOutput());
            closeUnlessMoreThan(carried());
            closeWhenReset();
        } else {
            close();
        }
    }

    /** Bytes that either side has sent or taken. */
    private long carried() {
        return out.bytes + in.bytes - unsentToBackend();
    }

    private void closeUnlessMoreThan(long bytes) {
        ChannelTimer.schedule(
                in.source,
                () -> {
                    if (open && carried() == bytes) {
                        close();
                    } else if (open) {
                        closeUnlessMoreThan(carried());
                    }
                },
                patienceNanos,
                TimeUnit.NANOSECONDS);
    }

    /** Nothing is read from a client that has ended its side, so a reset has to be asked for. */
    private void closeWhenReset() {
        ChannelTimer.schedule(
                in.source,
                () -> {
                    if (open && ProxyTransport.isReset(in.source)) {
                        close();
                    } else if (open) {
                        closeWhenReset();
                    }
                },
                RESET_CHECK_MILLIS,
                TimeUnit.MILLISECONDS);
    }

    /** Reads one connection and writes what comes to the other one. */
    private final class Direction extends ChannelInboundHandlerAdapter {
        private final Channel source;
        private final Channel target;
        private long bytes;

        private Direction(Channel source, Channel target) {
            this.source = source;
            this.target = target;
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            if (!open || !(message instanceof ByteBuf data)) {
                ReferenceCountUtil.release(message);
                return;
            }
            bytes += data.readableBytes();
            target.write(data, target.voidPromise());
            if (!target.isWritable()) {
                source.config().setAutoRead(false);
            }
        }

        @Override
        public void channelReadComplete(ChannelHandlerContext context) {
            target.flush();
            moved.run();
        }

        @Override
        public void channelWritabilityChanged(ChannelHandlerContext context) {
            if (open && source.isWritable()) {
                target.config().setAutoRead(true);
            }
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof ChannelInputShutdownEvent) {
                if (this == in) {
                    endIn();
                } else {
                    close();
                }
            }
            ReferenceCountUtil.release(event);
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            close();
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
            close();
        }
    }
}
