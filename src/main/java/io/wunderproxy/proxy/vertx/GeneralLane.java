package io.wunderproxy.proxy.vertx;

import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;

/**
 * The place of the general lane's handlers in the pipeline of a client, until a request needs them: most connections never do, and for
 * a short one they cost more than its requests.
 */
@ChannelHandler.Sharable
public final class GeneralLane extends ChannelInboundHandlerAdapter {
    private final ChannelHandler handlers;

    /** @param handlers adds them in its own place */
    public GeneralLane(ChannelHandler handlers) {
        this.handlers = handlers;
    }

    /** Puts the handlers in this one's place. */
    void enter(ChannelHandlerContext context) {
        context.pipeline().replace(this, null, handlers);
    }

    /** Nobody else is there who could do anything about it. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
