package io.wunderproxy.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * The one way to do something on behalf of a connection later. A timer ends with its connection: one that outlived it would
 * hold all that the connection has until it is due, and clients that come and go fast would fill the memory.
 */
public final class ChannelTimer {
    private ChannelTimer() {}

    /**
     * Runs a task on the channel's event loop, unless the channel closes before. To be called on that event loop.
     *
     * @return to be cancelled if the task is no longer needed
     */
    public static Future<?> schedule(Channel channel, Runnable task, long delay, TimeUnit unit) {
        var timer = channel.eventLoop().schedule(task, delay, unit);
        ChannelFutureListener end = closed -> timer.cancel(false);
        channel.closeFuture().addListener(end);
        timer.addListener(done -> channel.closeFuture().removeListener(end));
        return timer;
    }
}
