package io.wunderproxy.proxy;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.impl.Http2ServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * One connection from a client, from its acceptance to its end: its state, and who it is. The first handler in its
 * pipeline, but for TLS, so that it knows of the connection before there is any HTTP on it. On one event loop.
 */
final class ClientConnection extends ChannelInboundHandlerAdapter {
    /** Far beyond any drain time-out; the owner of the connection cuts it when that has passed. */
    private static final int GRACE_HOURS = 24;

    private static final String VERTX_DECODER = "httpDecoder";
    private static final String VERTX_HANDLER = "handler";

    private final Channel channel;
    private final Function<EventLoop, ProxyWorker> workers;
    private ProxyWorker worker;
    private String address;
    private boolean trusted;
    private boolean peer;
    private HttpConnection http;
    private ClientState state = ClientState.NEW;
    private int requests;
    private long since;
    private long headSince;
    private boolean decoderUnknown = true;
    private boolean closing;

    ClientConnection(Channel channel, Function<EventLoop, ProxyWorker> workers) {
        this.channel = channel;
        this.workers = workers;
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        worker = workers.apply(channel.eventLoop());
        if (channel.remoteAddress() instanceof InetSocketAddress remote) {
            address = remote.getAddress().getHostAddress();
        }
        // What comes through a Unix socket comes from this machine, from whom the file's permissions allow.
        peer = address != null && worker.peers().isPeer(address);
        trusted = peer || address == null || worker.trustedProxies().contains(address);
        var most = worker.options().answerBuffer();
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(most / 2, most));
        since = System.nanoTime();
        if (!worker.opened(this)) {
            worker = null;
            refuse(context, "503 Service Unavailable", ErrorAnswer.OVERLOADED.text());
            return;
        }
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (requests == 0 && headSince == 0) {
            headSince = System.nanoTime();
        }
        if (decoderUnknown && message instanceof ByteBuf bytes) {
            readFirstBytes(context, bytes);
        } else {
            context.fireChannelRead(message);
        }
    }

    /**
     * Vert.x decides by the first bytes which HTTP it is, and reads them with its own decoder for
     * HTTP/1.x; so it gets just as many as it needs for that, and the strict decoder the rest.
     */
    private void readFirstBytes(ChannelHandlerContext context, ByteBuf bytes) {
        while (decoderUnknown && bytes.isReadable() && !useStrictDecoder()) {
            context.fireChannelRead(bytes.readRetainedSlice(1));
            decoderUnknown = context.pipeline().get(VERTX_HANDLER) == null;
        }
        if (bytes.isReadable()) {
            context.fireChannelRead(bytes);
        } else {
            bytes.release();
        }
    }

    private boolean useStrictDecoder() {
        var pipeline = channel.pipeline();
        if (!(pipeline.get(VERTX_DECODER) instanceof VertxHttpRequestDecoder)) {
            return false;
        }
        decoderUnknown = false;
        pipeline.replace(VERTX_DECODER, VERTX_DECODER, new ClientRequestDecoder(worker.options()));
        return true;
    }

    /** Whether the client takes too long to send the head of a request. */
    boolean isHeadLate(long nanoTime) {
        var limit = worker.options().headTimeout().toNanos();
        return requests == 0
                && !isHttp2()
                && (headSince != 0
                        ? nanoTime - headSince > limit
                        : state == ClientState.NEW && nanoTime - since > limit);
    }

    /** Tells the client why, then closes the connection. */
    void cutHead() {
        if (headSince == 0) {
            channel.close();
        } else {
            refuse(channel.pipeline().context(this), "408 Request Timeout", "the request did not arrive in time");
        }
    }

    /** Answers before there is any HTTP on the connection that could. */
    private void refuse(ChannelHandlerContext context, String status, String text) {
        var answer = "HTTP/1.1 " + status + "\r\nConnection: close\r\nRetry-After: 1\r\n"
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + (text.length() + 1) + "\r\n\r\n"
                + text + "\n";
        context.writeAndFlush(Unpooled.copiedBuffer(answer, StandardCharsets.US_ASCII))
                .addListener(ChannelFutureListener.CLOSE);
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
        useStrictDecoder();
        decoderUnknown = false;
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

    /** Whether another instance of this proxy has made this connection, as far as its address tells. */
    boolean isPeer() {
        return peer;
    }

    boolean isHttp2() {
        return http instanceof Http2ServerConnection;
    }

    void requestStarted() {
        requests++;
        headSince = 0;
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
