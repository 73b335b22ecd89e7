package io.wunderproxy.manager;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.concurrent.ScheduledFuture;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.LongSupplier;

/** One client's connection to the manager, closed when the client lets it wait. On its event loop, unless said otherwise. */
final class ManagerConnection extends ChannelInboundHandlerAdapter {

    /** How long a request's head may take, from its first byte; for the first one, from the beginning of the connection. */
    static final Duration HEAD = Duration.ofSeconds(10);

    /** How long a body may take: it holds a hash. */
    static final Duration BODY = Duration.ofSeconds(30);

    /** How long a connection may be without a request. */
    static final Duration IDLE = Duration.ofSeconds(75);

    /** How long a client may take nothing of the data that waits for it. */
    static final Duration UNREAD = Duration.ofMinutes(1);

    private static final long SWEEP_MILLIS = 1000;

    /** The address of all connections through a Unix socket. */
    private static final String LOCAL = "";

    private enum Phase {
        HEAD,
        IDLE,
        RESPONDING
    }

    private final Channel channel;
    private final Places<ManagerConnection> places;
    private final LongSupplier nanos;
    private final String address;
    private ScheduledFuture<?> sweep;
    private Phase phase = Phase.HEAD;
    private long since;
    private BooleanSupplier complete = () -> true;
    private int open;
    private long unread;
    private long unreadSince;

    /** The number of calls under way that were allowed to change something; they are not cut off for others. */
    private volatile int changing;

    /** @param nanos the time, as of {@link System#nanoTime} */
    ManagerConnection(Channel channel, Places<ManagerConnection> places, LongSupplier nanos) {
        this.channel = channel;
        this.places = places;
        this.nanos = nanos;
        this.address = addressOf(channel);
        this.since = nanos.getAsLong();
    }

    private static String addressOf(Channel channel) {
        return channel.remoteAddress() instanceof InetSocketAddress tcp
                ? tcp.getAddress().getHostAddress()
                : LOCAL;
    }

    /** The connection that a call came by; null if it is not watched. */
    static ManagerConnection of(RoutingContext context) {
        return ((ConnectionBase) context.request().connection())
                .channel()
                .pipeline()
                .get(ManagerConnection.class);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        var leaving = places.take(address, this, connection -> connection.changing == 0);
        if (leaving != null) {
            leaving.channel.close();
            if (leaving == this) {
                return;
            }
        }
        sweep = context.executor().scheduleAtFixedRate(this::sweep, SWEEP_MILLIS, SWEEP_MILLIS, TimeUnit.MILLISECONDS);
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (sweep != null) {
            sweep.cancel(false);
        }
        places.leave(address, this);
        context.fireChannelInactive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (phase == Phase.IDLE) {
            enter(Phase.HEAD);
        }
        context.fireChannelRead(message);
    }

    private void enter(Phase next) {
        phase = next;
        since = nanos.getAsLong();
    }

    /**
     * Notes that the head of a request has arrived.
     *
     * @param change whether it may change something
     * @param whole whether all of the request has arrived by now
     * @return a task to run, on any thread, when the request has its response
     */
    Runnable began(boolean change, BooleanSupplier whole) {
        open++;
        complete = whole;
        enter(Phase.RESPONDING);
        if (change) {
            changing = changing + 1;
        }
        return () -> onLoop(() -> ended(change));
    }

    private void onLoop(Runnable task) {
        if (channel.eventLoop().inEventLoop()) {
            task.run();
        } else {
            channel.eventLoop().execute(task);
        }
    }

    private void ended(boolean change) {
        open--;
        if (change) {
            changing = changing - 1;
        }
        if (open == 0) {
            enter(Phase.IDLE);
        }
    }

    private void sweep() {
        var now = nanos.getAsLong();
        var limit =
                switch (phase) {
                    case HEAD -> HEAD;
                    case IDLE -> IDLE;
                    case RESPONDING -> complete.getAsBoolean() ? null : BODY;
                };
        if (limit != null && now - since > limit.toNanos() || isUnread(now)) {
            channel.close();
        }
    }

    private boolean isUnread(long now) {
        var buffer = channel.unsafe().outboundBuffer();
        var waiting = buffer == null ? 0 : buffer.totalPendingWriteBytes();
        if (waiting == 0 || waiting != unread) {
            unread = waiting;
            unreadSince = now;
        }
        return now - unreadSince > UNREAD.toNanos();
    }
}
