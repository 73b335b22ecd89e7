package io.wunderproxy.proxy.backend;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import io.wunderproxy.proxy.transport.ChannelTimer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Closes a connection so that its peer gets all that was written to it, whoever asks for the close: every close but an
 * abort comes by here. Data that waits is written first, as long as the peer reads. A peer that may be in the middle
 * of sending then sees the end of the stream, and what it still sends is discarded for up to 5 s, since the system
 * would send a reset that destroys what the peer has not read (RFC 9112, section 9.6). A peer that does not read
 * is cut off with a reset, so that it can't take what it has got for all of it. On the connection's event loop.
 */
public final class OrderlyClose extends ChannelDuplexHandler {
    /** A peer that takes fewer bytes in the time that it may pause does not read. */
    public static final int LEAST_PROGRESS = 1024;

    private static final int LINGER_SECONDS = 5;

    private final long patienceNanos;
    private final BooleanSupplier isPeerSending;
    private boolean closing;
    private boolean written;
    private boolean hasty;
    private boolean immediate;
    /** Null if nothing waits for a peer that may not read. */
    private Future<?> watching;

    /**
     * @param patience how long the peer may take nothing of what waits for it
     * @param isPeerSending whether the peer may be in the middle of sending something that nobody will read
     */
    public OrderlyClose(Duration patience, BooleanSupplier isPeerSending) {
        patienceNanos = patience.toNanos();
        this.isPeerSending = isPeerSending;
    }

    /** Whether the connection is about to end: nothing that comes is read. */
    public boolean isClosing() {
        return closing;
    }

    /** Waits for 5 s at most: the data that waits is not complete. */
    public void hasten() {
        hasty = true;
    }

    /** Ends a close that is under way, and keeps later ones from waiting for anything. */
    public void closeAtOnce(Channel channel) {
        immediate = true;
        if (closing) {
            end(channel);
        }
    }

    /**
     * Closes the connection with a reset, and without the word of farewell of TLS, which can't be taken for the end of
     * anything. What the peer has not received yet is lost. One that is closed stays so.
     */
    public static void abort(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        channel.config().setOption(ChannelOption.SO_LINGER, 0);
        channel.unsafe().close(channel.voidPromise());
    }

    @Override
    public void close(ChannelHandlerContext context, ChannelPromise promise) {
        var channel = context.channel();
        if (closing) {
            channel.closeFuture().addListener(closed -> promise.trySuccess());
            return;
        }
        closing = true;
        if (immediate || !channel.isActive() || BackendConnection.unsent(channel) == 0 && !mustLinger(channel)) {
            context.close(promise);
            return;
        }
        channel.closeFuture().addListener(closed -> promise.trySuccess());
        // A peer that ends its side may still read.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        channel.config().setAutoRead(true);
        context.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(done -> allWritten(context));
        if (!written) {
            watch(channel, BackendConnection.unsent(channel));
        }
    }

    private boolean mustLinger(Channel channel) {
        return channel instanceof DuplexChannel duplex && !duplex.isInputShutdown() && isPeerSending.getAsBoolean();
    }

    /** Cuts a peer off that has taken next to nothing when its time is over. */
    private void watch(Channel channel, long unsent) {
        var patience = hasty ? TimeUnit.SECONDS.toNanos(LINGER_SECONDS) : patienceNanos;
        watching = ChannelTimer.schedule(
                channel,
                () -> {
                    var now = BackendConnection.unsent(channel);
                    if (hasty || unsent - now < LEAST_PROGRESS) {
                        abort(channel);
                    } else {
                        watch(channel, now);
                    }
                },
                patience,
                TimeUnit.NANOSECONDS);
    }

    private void allWritten(ChannelHandlerContext context) {
        written = true;
        if (watching != null) {
            watching.cancel(false);
            watching = null;
        }
        var channel = context.channel();
        if (!channel.isActive()) {
            return;
        }
        if (!mustLinger(channel)) {
            context.close();
            return;
        }
        var duplex = (DuplexChannel) channel;
        var tls = channel.pipeline().get(SslHandler.class);
        if (tls == null) {
            duplex.shutdownOutput();
        } else {
            tls.closeOutbound().addListener(said -> duplex.shutdownOutput());
        }
        ChannelTimer.schedule(channel, () -> end(channel), LINGER_SECONDS, TimeUnit.SECONDS);
    }

    private void end(Channel channel) {
        if (BackendConnection.unsent(channel) > 0) {
            abort(channel);
        } else {
            channel.unsafe().close(channel.voidPromise());
        }
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (closing) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (!closing) {
            context.fireChannelWritabilityChanged();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!closing || !(event instanceof ChannelInputShutdownEvent)) {
            context.fireUserEventTriggered(event);
        } else if (written) {
            end(context.channel());
        }
    }
}
