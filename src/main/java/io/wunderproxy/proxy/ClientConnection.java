package io.wunderproxy.proxy;

import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http2ServerConnection;
import java.net.InetSocketAddress;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One connection from a client, from its acceptance to its end: its state, and who it is. The first handler in its
 * pipeline, so that it knows of the connection before there is any HTTP on it. On one event loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    /** Far beyond any drain time-out; the owner of the connection cuts it when that has passed. */
    private static final int GRACE_HOURS = 24;

    private final Channel channel;
    private final Function<EventLoop, ProxyWorker> workers;
    private ProxyWorker worker;
    private String address;
    private boolean trusted;
    private HttpConnection http;
    private ClientState state = ClientState.NEW;
    private int requests;
    private long since;
    private boolean closing;

    ClientConnection(Channel channel, Function<EventLoop, ProxyWorker> workers) {
        this.channel = channel;
        this.workers = workers;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        worker = workers.apply(channel.eventLoop());
        if (channel.remoteAddress() instanceof InetSocketAddress peer) {
            address = peer.getAddress().getHostAddress();
        }
        // What comes through a Unix socket comes from this machine, from whom the file's permissions allow.
        trusted = address == null || worker.trustedProxies().contains(address);
        since = System.nanoTime();
        worker.opened(this);
        context.fireChannelActive();
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (worker != null) {
            worker.closed(this);
        }
        context.fireChannelInactive();
    }

    Channel channel() {
        return channel;
    }

    ClientState state() {
        return state;
    }

    /** Says what speaks HTTP on this connection. */
    void speaks(HttpConnection connection) {
        http = connection;
        if (closing) {
            closing = false;
            close();
        }
    }

    /** The client's IP address; null if it came through a Unix socket. */
    String address() {
        return address;
    }

    boolean isTrusted() {
        return trusted;
    }

    boolean isHttp2() {
        return http instanceof Http2ServerConnection;
    }

    void requestStarted() {
        requests++;
        move(ClientState.ACTIVE);
    }

    void requestEnded() {
        requests--;
        since = System.nanoTime();
        if (requests == 0 && state == ClientState.ACTIVE) {
            move(ClientState.IDLE);
        }
        if (closing) {
            close();
        }
    }

    void upgraded() {
        move(ClientState.UPGRADED);
    }

    private void move(ClientState next) {
        if (state != next) {
            worker.stats().connectionMoved(state, next);
            state = next;
        }
    }

    boolean isWithoutRequestSince(long nanoTime) {
        return requests == 0 && state != ClientState.UPGRADED && since - nanoTime < 0;
    }

    /** Lets open requests and upgraded protocols finish, takes no others, then closes the connection. */
    void close() {
        if (isHttp2() && !closing) {
            http.shutdown(GRACE_HOURS, TimeUnit.HOURS);
        } else if (!isHttp2() && requests == 0 && state != ClientState.UPGRADED) {
            cut();
        }
        closing = true;
    }

    /** Whether the answer that is about to begin is the last one on this connection. */
    boolean isClosing() {
        return closing;
    }

    /** Closes the connection whatever is open on it; what is already on its way is still delivered. */
    void cut() {
        if (http == null || state == ClientState.UPGRADED) {
            channel.close();
        } else {
            http.close();
        }
    }
}
