package io.wunderproxy.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.haproxy.HAProxyCommand;
import io.netty.handler.codec.haproxy.HAProxyMessage;
import io.netty.handler.codec.haproxy.HAProxyMessageDecoder;
import io.netty.handler.codec.haproxy.HAProxyProtocolException;
import io.netty.handler.codec.haproxy.HAProxyProxiedProtocol.AddressFamily;
import io.netty.util.AttributeKey;
import io.netty.util.NetUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Reads the header of the PROXY protocol, version 1 or 2, with which a load balancer begins a connection to say who its client is:
 * before anything else on the connection, TLS too. For the handlers behind this, the connection becomes active when the header was
 * read. One that begins without a valid header in time is refused: were it taken as it is, clients could send a header of their own through a
 * load balancer that sends none.
 */
public final class ProxyProtocol extends ChannelInboundHandlerAdapter {
    private static final AttributeKey<String> CLIENT = AttributeKey.valueOf("proxy-protocol-client");

    /** Far more than load balancers add to the addresses. */
    private static final int MOST_ADDITIONS = 4096;

    private final Duration limit;
    private final BiConsumer<Channel, String> refuse;
    private Future<?> timer;
    private boolean begun;
    private boolean done;

    private ProxyProtocol(Duration limit, BiConsumer<Channel, String> refuse) {
        this.limit = limit;
        this.refuse = refuse;
    }

    /**
     * Has a connection that was just accepted begin with the header.
     *
     * @param limit how long that may take
     * @param refuse refuses a connection without a valid header, and closes it; it is given what is wrong
     */
    public static void expect(Channel accepted, Duration limit, BiConsumer<Channel, String> refuse) {
        var reader = new ProxyProtocol(limit, refuse);
        accepted.pipeline().addFirst(reader.new Edge(), new HAProxyMessageDecoder(MOST_ADDITIONS), reader);
    }

    /** The IP address of the client that the header names; null if there was none, or it names no client. */
    public static String client(Channel channel) {
        return channel.attr(CLIENT).get();
    }

    /** Knows whether anything was read, and keeps the decoder from closing a connection before its refusal was written. */
    private final class Edge extends ChannelDuplexHandler {
        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            begun = true;
            context.fireChannelRead(message);
        }

        @Override
        public void close(ChannelHandlerContext context, ChannelPromise promise) {
            if (done) {
                context.close(promise);
            } else {
                promise.setSuccess();
            }
        }
    }

    /** Holds the news back until it is known whose connection this is. */
    @Override
    public void channelActive(ChannelHandlerContext context) {
        timer = ChannelTimer.schedule(
                context.channel(), () -> endLate(context), limit.toMillis(), TimeUnit.MILLISECONDS);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!(message instanceof HAProxyMessage header)) {
            context.fireChannelRead(message);
            return;
        }
        try {
            // What a load balancer says on its own behalf is LOCAL, and of what it does not know there is no family.
            var family = header.proxiedProtocol().addressFamily();
            if (header.command() == HAProxyCommand.PROXY
                    && (family == AddressFamily.AF_IPv4 || family == AddressFamily.AF_IPv6)) {
                var address = NetUtil.createInetAddressFromIpAddressString(header.sourceAddress());
                // As the sockets of this machine show it: an IPv4 address has one form.
                context.channel().attr(CLIENT).set(address.getHostAddress());
            }
        } finally {
            header.release();
        }
        done = true;
        timer.cancel(false);
        context.fireChannelActive();
        context.pipeline().remove(Edge.class);
        context.pipeline().remove(this);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent && !done) {
            end(context);
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        if (cause instanceof HAProxyProtocolException) {
            refuse(context, "what came first is no valid header");
        } else if (done) {
            context.fireExceptionCaught(cause);
        } else {
            // The connection broke.
            end(context);
        }
    }

    /** Some load balancers send the header with the first bytes of their client: where none came, nobody did wrong. */
    private void endLate(ChannelHandlerContext context) {
        if (begun) {
            refuse(context, "no header came in time");
        } else {
            end(context);
        }
    }

    private void end(ChannelHandlerContext context) {
        done = true;
        timer.cancel(false);
        context.close();
    }

    private void refuse(ChannelHandlerContext context, String problem) {
        if (!done) {
            done = true;
            timer.cancel(false);
            refuse.accept(context.channel(), problem);
        }
    }
}
