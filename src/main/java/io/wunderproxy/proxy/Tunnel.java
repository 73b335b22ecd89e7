package io.wunderproxy.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.net.NetSocket;

/**
 * Carries bytes both ways between a client and a backend after they switched protocols (RFC 9110, section 7.8). Each
 * side is read only as fast as the other one takes it; when one side closes, what it sent is delivered and the other
 * side is closed. Ends exactly once.
 */
final class Tunnel extends ChannelInboundHandlerAdapter {
    private final NetSocket client;
    private final Channel backend;
    private final Runnable ended;
    private long bytesIn;
    private long bytesOut;
    private boolean open = true;

    Tunnel(NetSocket client, Channel backend, Runnable ended) {
        this.client = client;
        this.backend = backend;
        this.ended = ended;
    }

    /** Begins to carry; the pipeline of the backend must be free of HTTP after this handler was added. */
    void start() {
        client.handler(this::fromClient);
        client.exceptionHandler(broken -> close());
        client.closeHandler(closed -> close());
    }

    long bytesIn() {
        return bytesIn;
    }

    long bytesOut() {
        return bytesOut;
    }

    private void fromClient(Buffer data) {
        bytesIn += data.length();
        backend.writeAndFlush(Buffers.bytesOf(data), backend.voidPromise());
        if (!backend.isWritable()) {
            client.pause();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (open && backend.isWritable()) {
            client.resume();
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!open || !(message instanceof ByteBuf data)) {
            ReferenceCountUtil.release(message);
            return;
        }
        bytesOut += data.readableBytes();
        client.write(Buffers.take(data));
        if (client.writeQueueFull()) {
            backend.config().setAutoRead(false);
            client.drainHandler(drained -> backend.config().setAutoRead(true));
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            close();
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        close();
    }

    /** Delivers what is on its way, then closes both sides. */
    void close() {
        if (open) {
            open = false;
            backend.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
            client.close();
            ended.run();
        }
    }
}
