package io.wunderproxy.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;

/**
 * Carries bytes both ways between a client and a backend after they switched protocols (RFC 9110, section 7.8). Each
 * side is read only as fast as the other one takes it; when one side closes, what it sent is delivered and the other
 * side is closed. Ends exactly once. Both connections are on one event loop.
 */
final class Tunnel {
    private final Direction in;
    private final Direction out;
    private final Runnable ended;
    private boolean open = true;

    /** @param ended runs once, when no byte is carried any more */
    Tunnel(Channel client, Channel backend, Runnable ended) {
        in = new Direction(client, backend);
        out = new Direction(backend, client);
        this.ended = ended;
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
            in.closeTarget();
            out.closeTarget();
            ended.run();
        }
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
                close();
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

        private void closeTarget() {
            target.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
        }
    }
}
