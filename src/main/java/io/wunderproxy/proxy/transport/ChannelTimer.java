package io.wunderproxy.proxy.transport;

import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.EventLoop;
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

    /** Runs a task on an event loop later, which holds nothing of any connection. To be called on that event loop. */
    public static void shared(EventLoop eventLoop, Runnable task, long nanos) {
        eventLoop.schedule(task, nanos, TimeUnit.NANOSECONDS);
    }

    /**
     * Runs a task on an event loop when that has looked at all its sockets once more, and has read what was there. From any
     * thread.
     */
    static void afterNextLook(EventLoop eventLoop, Runnable task) {
        // A timer that is set on the loop itself is not looked at before the sockets, although it is due at once.
        eventLoop.execute(() -> eventLoop.schedule(task, 0, TimeUnit.NANOSECONDS));
    }
}
