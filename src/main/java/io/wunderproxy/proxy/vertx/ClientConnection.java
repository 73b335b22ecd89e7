package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SniHandler;
import io.netty.handler.ssl.SslCompletionEvent;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.Http2ServerConnection;
import io.vertx.core.http.impl.VertxHttpRequestDecoder;
import io.wunderproxy.proxy.admission.MemoryAccount;
import io.wunderproxy.proxy.backend.BackendConnection;
import io.wunderproxy.proxy.backend.OrderlyClose;
import io.wunderproxy.proxy.lean.LeanClient;
import io.wunderproxy.proxy.lean.LeanConnection;
import io.wunderproxy.proxy.lean.LeanLoop;
import io.wunderproxy.proxy.lean.SentRequest;
import io.wunderproxy.proxy.loop.ClientWatch;
import io.wunderproxy.proxy.loop.OpenConnection;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.FrontOptions;
import io.wunderproxy.proxy.rules.ProxyProtocolSign;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.rules.RequestTrailers;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.proxy.stats.FrontNotice;
import io.wunderproxy.proxy.transport.ProxyProtocol;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jboss.logging.Logger;

/**
 * One connection from a client, from its acceptance to its end: its state, and who it is. The first handler in its
 * pipeline, but for TLS, so that it knows of the connection before there is any HTTP on it. On one event loop.
 */
public final class ClientConnection extends ChannelInboundHandlerAdapter implements OpenConnection, LeanClient {
    /** Far beyond any drain timeout; the owner of the connection cuts it when that has passed. */
    private static final int GRACE_HOURS = 24;

    private static final Logger LOG = Logger.getLogger(ClientConnection.class);
    private static final int LEAST_UNSENT = 16 * 1024;
    private static final int TUNNEL_UNSENT = 64 * 1024;

    /** The first byte of a request of HTTP/1.x, and of no preface of HTTP/2. */
    private static final byte ANY_METHOD = 'G';

    private static final String VERTX_DECODER = "httpDecoder";
    private static final String VERTX_HANDLER = "handler";

    private final Channel channel;
    private final Function<EventLoop, ProxyWorker> workers;
    private final Function<EventLoop, LeanLoop> lanes;
    private final FrontNotice front;
    private ChannelHandlerContext context;
    private ProxyWorker worker;
    /** Null if no request of this connection may take it. */
    private LeanConnection lane;
    /** A request that the lane has handed over, until its exchange begins. */
    private SentRequest handedOver;

    /** Whether the general lane has its handlers in the pipeline. */
    private boolean onGeneralLane;
    /** Whether the general lane has got something that was just read. */
    private boolean passedOn;

    private ClientWatch watch;
    private MemoryAccount memory;
    private ClientRequestDecoder decoder;
    private long bodyWaiting;
    private long input;
    private long output;
    private String address;
    private boolean trusted;
    private HttpConnection http;
    private Http2Client http2;
    private HttpHeaders trailers = EmptyHttpHeaders.INSTANCE;
    private ConnectionState state = ConnectionState.NEW;
    private int requests;
    private int mostUnsent;
    private long since;
    private long headSince;
    private boolean decoderUnknown = true;
    private Runnable onInvalidBody = () -> {};
    private final List<Runnable> awaitingRoom = new ArrayList<>(0);
    private OrderlyClose end;
    private long waitingForWindows;
    private long leastWaiting;
    private boolean endsWithConnection;
    private boolean closing;

    /** Whether the end comes only after a response that says so. */
    private boolean closesGently;

    private boolean cut;
    private boolean closed;

    /** @param lanes what the lean lanes of a loop share; null where there is none */
    public ClientConnection(
            Channel channel,
            Function<EventLoop, ProxyWorker> workers,
            Function<EventLoop, LeanLoop> lanes,
            FrontNotice front) {
        this.front = front;
        this.channel = channel;
        this.workers = workers;
        this.lanes = lanes;
    }

    /** The client connection that carries this HTTP. */
    public static ClientConnection of(HttpConnection http, ProxyWorker worker) {
        return (ClientConnection) worker.client(http);
    }

    @Override
    public void channelActive(ChannelHandlerContext context) {
        this.context = context;
        worker = workers.apply(channel.eventLoop());
        if (worker.listener().front().proxyProtocol()) {
            address = ProxyProtocol.client(channel);
        }
        if (address == null && channel.remoteAddress() instanceof InetSocketAddress remote) {
            address = remote.getAddress().getHostAddress();
        }
        // What comes through a Unix socket comes from this machine, from whom the file's permissions allow.
        trusted = address == null || worker.trustedProxies().contains(address);
        memory = worker.openAccount();
        setMostUnsent(worker.listener().capacity().unsent());
        since = worker.nanoTime();
        watch = worker.opened(this);
        if (watch == null) {
            worker = null;
            if (context.pipeline().get(SniHandler.class) == null) {
                refuse(context, ErrorResponse.TOO_MANY_CONNECTIONS).addListener(ChannelFutureListener.CLOSE);
            } else {
                // There is no TLS yet that could carry a response, and it would cost more than what is saved.
                context.close();
            }
            return;
        }
        end = new OrderlyClose(worker.listener().timeouts().body(), this::isSending);
        context.pipeline().addBefore(context.name(), null, end);
        // A client that ends its side may still read what was written to it.
        channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
        var tls = context.pipeline().get(SniHandler.class) != null;
        var shared = lanes.apply(channel.eventLoop());
        if (shared != null && shared.takes(tls) && namingHeader().isEmpty()) {
            lane = new LeanConnection(this, shared, tls);
        } else {
            enterGeneralLane();
        }
        context.fireChannelActive();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (lane == null || !(message instanceof ByteBuf bytes) || !lane.read(bytes)) {
            passedOn = true;
            passOn(message);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (passedOn || lane == null) {
            passedOn = false;
            lookSoon();
            context.fireChannelReadComplete();
        }
    }

    @Override
    public void passOn(ByteBuf bytes) {
        passOn((Object) bytes);
        context.fireChannelReadComplete();
    }

    private void enterGeneralLane() {
        if (!onGeneralLane) {
            onGeneralLane = true;
            var pipeline = context.pipeline();
            var place = pipeline.context(GeneralLane.class);
            ((GeneralLane) place.handler()).enter(place);
        }
    }

    /** Something has happened that may have to be counted, or that there is less time for. */
    private void lookSoon() {
        if (watch != null) {
            watch.soon();
        }
    }

    private void passOn(Object message) {
        enterGeneralLane();
        if (worker != null && requests == 0 && headSince == 0) {
            headSince = worker.nanoTime();
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
        var start = bytes.readerIndex();
        if (ProxyProtocolSign.begins(index -> bytes.getByte(start + index), bytes.readableBytes())) {
            noticeProxyProtocol();
        }
        if (bytes.isReadable() && bytes.getByte(bytes.readerIndex()) <= ' ') {
            // Vert.x' own decoder would swallow it, so that one decides by another byte, which nobody reads.
            context.fireChannelRead(Unpooled.wrappedBuffer(new byte[] {ANY_METHOD}));
            useStrictDecoder(1);
        }
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

    /** The header in which requests name the client, which only the general lane looks for; empty if they may not. */
    Optional<String> namingHeader() {
        return trusted ? worker.listener().front().clientIpHeader() : Optional.empty();
    }

    /** The IP address of the client that a request of a trusted proxy names in the header for that; null if it does not. */
    String namedBy(HttpServerRequest request) {
        return namingHeader()
                .map(name -> FrontOptions.named(request.headers().getAll(name)))
                .orElse(null);
    }

    /** The header of a load balancer that is not awaited here. */
    private void noticeProxyProtocol() {
        front.refused(
                address,
                worker.listener().front().proxyProtocol()
                        ? "speaks the PROXY protocol and is no trusted proxy, so its connections are refused: if it is a load "
                                + "balancer, name it in --trusted-proxies"
                        : "speaks the PROXY protocol, which is off here, so its connections are refused: start the agent with "
                                + "--proxy-protocol and name the load balancer in --trusted-proxies");
    }

    private boolean useStrictDecoder() {
        return useStrictDecoder(0);
    }

    /** @param invented how many of the bytes that were passed on did not come from the client */
    private boolean useStrictDecoder(int invented) {
        var pipeline = channel.pipeline();
        if (!(pipeline.get(VERTX_DECODER) instanceof VertxHttpRequestDecoder)) {
            return false;
        }
        decoderUnknown = false;
        decoder = new ClientRequestDecoder(this, worker.listener().head(), invented);
        pipeline.replace(VERTX_DECODER, VERTX_DECODER, decoder);
        return true;
    }

    /** Lets a response wait in memory only as far as there is memory for waiting responses. */
    @Override
    public void limitUnsent() {
        var most = state == ConnectionState.UPGRADED
                ? Math.min(TUNNEL_UNSENT, worker.listener().capacity().unsent())
                : worker.listener().capacity().unsent();
        var allowed = worker.limits().memory().isSpent() ? Math.min(LEAST_UNSENT, most) : most;
        if (allowed != mostUnsent) {
            setMostUnsent(allowed);
        }
    }

    private void setMostUnsent(int bytes) {
        mostUnsent = bytes;
        channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(bytes / 2, bytes));
    }

    @Override
    public long look(long now) {
        countInput();
        countOutput();
        noteProgress(now);
        var busy = lane != null && lane.look(now);
        var timeouts = worker.listener().timeouts();
        var idle = timeouts.idle().toNanos();
        var head = timeouts.head().toNanos();
        if (isAwaitingHead() && now - headFrom() > head) {
            cutHead();
        } else if (isWithoutRequest() && now - since > idle) {
            cut();
        }
        if (busy || input != 0 || output != 0 || waitingForWindows != 0) {
            return now;
        }
        if (isAwaitingHead()) {
            return Math.min(headFrom() + head - now, since + idle - now) + now;
        }
        // A request that ends from now on leaves as much time, and more.
        return isWithoutRequest() ? since + idle : now + idle;
    }

    /** Whether the client is to send the head of a request, which may not take long; an idle connection waits for none. */
    private boolean isAwaitingHead() {
        return requests == 0 && !end.isClosing() && !isHttp2() && (headSince != 0 || state == ConnectionState.NEW);
    }

    private long headFrom() {
        return headSince != 0 ? headSince : since;
    }

    private boolean isWithoutRequest() {
        return requests == 0 && state != ConnectionState.UPGRADED && !end.isClosing();
    }

    private void cutHead() {
        if (headSince == 0) {
            channel.close();
        } else {
            worker.stats().refused(Refusal.HEAD_SLOW);
            var context = channel.pipeline().context(this);
            refuse(context, ErrorResponse.HEAD_SLOW);
            context.close();
        }
    }

    /** Refuses a connection before there is any HTTP on it that could. */
    private ChannelFuture refuse(ChannelHandlerContext context, ErrorResponse reason) {
        return context.writeAndFlush(refusal(reason, decoder == null || !decoder.isReadingHead()));
    }

    /** Refuses and closes a connection of which nobody keeps account yet; without a word where one would need TLS. */
    public static void refuseBeforeRequest(Channel channel, ErrorResponse reason) {
        if (channel.pipeline().get(SniHandler.class) != null) {
            channel.close();
            return;
        }
        channel.pipeline().firstContext().writeAndFlush(refusal(reason, true)).addListener(ChannelFutureListener.CLOSE);
    }

    private static ByteBuf refusal(ErrorResponse reason, boolean withBody) {
        var body = reason.text() + "\n";
        var retry = reason.retryAfter() > 0 ? "Retry-After: " + reason.retryAfter() + "\r\n" : "";
        var response = "HTTP/1.1 " + HttpResponseStatus.valueOf(reason.status()) + "\r\nConnection: close\r\n" + retry
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + body.length() + "\r\n\r\n"
                + (withBody ? body : "");
        return Unpooled.copiedBuffer(response, StandardCharsets.US_ASCII);
    }

    /** Whether the client may be in the middle of a request, or of anything else that it says after an upgrade. */
    private boolean isSending() {
        return state == ConnectionState.UPGRADED
                || lane != null && lane.isHolding()
                || http2 == null && (decoder == null ? headSince != 0 : decoder.isWithinRequest());
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof SslCompletionEvent completion
                && completion.cause() instanceof NotSslRecordException other
                && ProxyProtocolSign.isQuotedIn(other.getMessage())) {
            noticeProxyProtocol();
        }
        if (!(event instanceof ChannelInputShutdownEvent) || state == ConnectionState.UPGRADED) {
            context.fireUserEventTriggered(event);
        } else if (requests == 0 && http2 == null) {
            context.close();
        } else if (endsWithConnection) {
            abort();
        } else {
            // The client has given up what it asked for.
            channel.unsafe().close(channel.voidPromise());
        }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        if (worker != null) {
            closed = true;
            worker.closed(this);
            memory.give(input + output);
            input = 0;
            output = 0;
            if (lane != null) {
                lane.clientGone();
            }
        }
        context.fireChannelInactive();
    }

    @Override
    public void handOver(SentRequest sent, ByteBuf request) {
        worker.stats().requestHandedOver();
        requests--;
        handedOver = sent;
        channel.config().setAutoRead(true);
        passOn(request);
        if (handedOver != null) {
            LOG.error("a request was not taken over by the general lane (please report)");
            handedOver = null;
            worker.limits().requests().leave();
            sent.abandon();
            abort();
        }
    }

    /** The request that the lane has handed over, which its exchange takes over; null for any other. */
    SentRequest takeHandedOver() {
        var sent = handedOver;
        handedOver = null;
        return sent;
    }

    @Override
    public ChannelHandlerContext context() {
        return context;
    }

    @Override
    public boolean isFree() {
        return requests == 0
                && state != ConnectionState.UPGRADED
                && http2 == null
                && !closing
                && !cut
                && !end.isClosing()
                && channel.isWritable()
                && (decoder == null
                        ? decoderUnknown && headSince == 0
                        : !decoder.isWithinRequest() && !decoder.isLastRead());
    }

    @Override
    public boolean isEnding() {
        return cut || end.isClosing() || !channel.isActive();
    }

    @Override
    public void stopReading() {
        channel.config().setAutoRead(false);
    }

    @Override
    public void readOn() {
        channel.config().setAutoRead(true);
    }

    @Override
    public Channel channel() {
        return channel;
    }

    @Override
    public ConnectionState state() {
        return state;
    }

    /** Says what speaks HTTP on this connection. */
    public void speaks(HttpConnection connection) {
        http = connection;
        useStrictDecoder();
        if (connection instanceof Http2ServerConnection) {
            var pipeline = channel.pipeline();
            var handler = pipeline.get(Http2ConnectionHandler.class);
            http2 = Http2Client.watch(handler, pipeline.context(handler), worker::nanoTime);
            connection.exceptionHandler(cause -> {
                if (Http2Client.isFlood(cause)) {
                    worker.stats().refused(Refusal.HTTP2_FLOOD);
                }
            });
        }
        decoderUnknown = false;
        if (closing && isHttp2()) {
            closing = false;
            close();
        }
    }

    @Override
    public String address() {
        return address;
    }

    @Override
    public boolean isTrusted() {
        return trusted;
    }

    @Override
    public boolean isProxy(String ip) {
        return worker.trustedProxies().contains(ip);
    }

    /** Whether a peer has made this connection, as far as its address tells. */
    boolean isPeer() {
        return address != null && worker.peers().isPeer(address);
    }

    /** Whether a marked request on this connection comes from a peer that has shown that it is one. */
    boolean isMarkHonoured() {
        return address != null && worker.peers().honoursMarkOf(address);
    }

    boolean isHttp2() {
        return http2 != null;
    }

    /** HTTP's version, times ten. */
    int httpVersion(HttpServerRequest request) {
        return switch (request.version()) {
            case HTTP_1_0 -> 10;
            case HTTP_1_1 -> 11;
            case HTTP_2 -> 20;
        };
    }

    /** Whether an HTTP/2 client has not ended its request, so that there is a body. */
    boolean isSending(HttpServerRequest request) {
        return http2.isSending(request.response().streamId());
    }

    /** Whether a request is open, so that the next one of HTTP/1.x is not read yet. */
    boolean isBusy() {
        return requests > 0;
    }

    /** Keeps the trailers of the HTTP/1.x request that was read last. */
    void trailersRead(HttpHeaders headers) {
        trailers = headers;
    }

    /** The trailers of an open request. */
    HttpHeaders trailersOf(HttpServerRequest request) {
        var all = http2 == null ? trailers : http2.trailersOf(request.response().streamId());
        if (all.isEmpty()) {
            return EmptyHttpHeaders.INSTANCE;
        }
        var forwardable = new DefaultHttpHeaders();
        all.forEach(trailer -> {
            if (RequestTrailers.isForwarded(trailer.getKey(), worker.reservedHeaders())) {
                forwardable.add(trailer.getKey(), trailer.getValue());
            }
        });
        return forwardable;
    }

    /** Sends an HTTP/1.1 client a response before the final one. */
    void sendInterim(HttpResponse interim) {
        channel.pipeline().context(VERTX_HANDLER).writeAndFlush(interim);
    }

    /** Sends an interim response to an HTTP/2 client. */
    void sendInterim(int streamId, Http2Headers interim) {
        http2.sendInterim(streamId, interim);
    }

    /** A number that grows by each byte that a client takes of a response that it is awaited to read. */
    long taken(HttpServerResponse response) {
        return http2 == null ? -unsent() : http2.sentOf(response.streamId());
    }

    @Override
    public MemoryAccount memory() {
        return memory;
    }

    /** A part of an HTTP/1.x request's body was read; {@link #bodyTaken} follows when somebody takes it. */
    void bodyRead(int bytes) {
        bodyWaiting += bytes;
    }

    /** A part of a request's body was forwarded. */
    void bodyTaken(int bytes) {
        bodyWaiting -= bytes;
    }

    @Override
    public void countInput() {
        var now = (lane == null ? 0 : lane.waitingBytes())
                + (http2 == null ? bodyWaiting + (decoder == null ? 0 : decoder.undecoded()) : http2.unconsumed());
        if (now != input && !closed) {
            var more = now - input;
            input = now;
            memory.claim(more);
            lookSoon();
        }
    }

    @Override
    public void countOutput() {
        var now = unsent();
        if (now != output && !closed) {
            var more = now - output;
            output = now;
            memory.claim(more);
            limitUnsent();
            lookSoon();
        }
    }

    /** Notes that a client which still takes data is not idle. */
    private void noteProgress(long nanoTime) {
        var waiting = unsent() + waitingForWindows;
        if (waiting > leastWaiting || leastWaiting - waiting >= OrderlyClose.LEAST_PROGRESS) {
            leastWaiting = waiting;
            if (requests == 0) {
                since = nanoTime;
            }
        }
    }

    /** Runs a step once, when what was written has been taken so far that there is room for more. */
    @Override
    public void whenWritable(Runnable step) {
        awaitingRoom.add(step);
    }

    /**
     * Counts a part of a response that is about to be written, if it has to wait for the client's windows.
     *
     * @return the handler to call when it is written; null if there is no need
     */
    Handler<AsyncResult<Void>> countingUnsent(HttpServerResponse response, int bytes) {
        if (http2 == null || http2.isRoomFor(response.streamId(), bytes)) {
            return null;
        }
        memory.claim(bytes);
        waitingForWindows += bytes;
        lookSoon();
        return written -> {
            memory.give(bytes);
            waitingForWindows -= bytes;
        };
    }

    @Override
    public void requestStarted() {
        trailers = EmptyHttpHeaders.INSTANCE;
        bodyWaiting = 0;
        onInvalidBody = () -> {};
        endsWithConnection = false;
        requests++;
        headSince = 0;
        move(ConnectionState.ACTIVE);
        lookSoon();
    }

    @Override
    public void requestEnded() {
        requests--;
        endsWithConnection = false;
        since = worker.nanoTime();
        if (requests == 0 && state == ConnectionState.ACTIVE) {
            move(ConnectionState.IDLE);
        }
        if (closing && !closesGently) {
            close();
        }
        readNextSoon();
    }

    private void readNextSoon() {
        if (decoder != null && decoder.isHolding()) {
            // The exchange that has ended may still have to close the connection.
            channel.eventLoop().execute(this::readNext);
        }
    }

    /** Reads no more requests of a client that does not read: no window would hold back responses without a body. */
    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        lookSoon();
        if (http2 != null) {
            channel.config().setAutoRead(channel.isWritable());
        } else if (channel.isWritable()) {
            readNextSoon();
        }
        if (channel.isWritable() && !awaitingRoom.isEmpty()) {
            var steps = List.copyOf(awaitingRoom);
            awaitingRoom.clear();
            steps.forEach(Runnable::run);
        }
        context.fireChannelWritabilityChanged();
    }

    private void readNext() {
        if (cut || end.isClosing() || isBusy() || decoder == null || !channel.isActive() || !channel.isWritable()) {
            return;
        }
        var context = channel.pipeline().context(decoder);
        headSince = worker.nanoTime();
        lookSoon();
        try {
            decoder.resume(context);
        } catch (Exception broken) {
            context.fireExceptionCaught(broken);
        }
    }

    /** Responds with 101 and lets nothing but the tunnel write; {@link #readUpgraded} must follow. */
    void upgrade(HttpHeaders headers, Tunnel tunnel) {
        move(ConnectionState.UPGRADED);
        var pipeline = channel.pipeline();
        pipeline.context(VERTX_HANDLER)
                .writeAndFlush(new DefaultFullHttpResponse(
                        HttpVersion.HTTP_1_1,
                        HttpResponseStatus.SWITCHING_PROTOCOLS,
                        Unpooled.EMPTY_BUFFER,
                        headers,
                        EmptyHttpHeaders.INSTANCE));
        pipeline.addLast(tunnel.clientSide());
        var ofHttp = new ArrayList<ChannelHandler>();
        for (var handler : pipeline) {
            ofHttp.add(handler.getValue());
        }
        ofHttp.subList(0, ofHttp.indexOf(this) + 1).clear();
        ofHttp.remove(pipeline.get(VERTX_DECODER));
        ofHttp.removeLast();
        ofHttp.forEach(pipeline::remove);
    }

    /** Gives the tunnel what the client sends, first what it has sent behind its request before this. */
    void readUpgraded() {
        // The decoder hands on what it holds when it goes.
        channel.pipeline().remove(decoder);
        decoder = null;
        limitUnsent();
        channel.config().setAutoRead(true);
    }

    private void move(ConnectionState next) {
        // Requests end after their connection, which is no longer counted then.
        if (state != next && !closed) {
            worker.stats().connectionMoved(state, next);
            state = next;
        }
    }

    @Override
    public void close() {
        if (isHttp2() && !closing) {
            http2.announceEnd(() -> http.shutdown(GRACE_HOURS, TimeUnit.HOURS));
        } else if (!isHttp2() && requests == 0 && state != ConnectionState.UPGRADED) {
            cut();
        }
        closing = true;
        closesGently = false;
    }

    @Override
    public void closeAfterNext() {
        // HTTP/2 has a message for that, which an idle client gets too.
        if (isHttp2()) {
            close();
        } else {
            closing = true;
            closesGently = true;
        }
    }

    /** Whether the response that is about to begin is the last one on this connection. */
    @Override
    public boolean isClosing() {
        return closing;
    }

    @Override
    public void cut() {
        cut = true;
        if (endsWithConnection) {
            abort();
        } else if (isHttp2()) {
            http.shutdown(0, TimeUnit.SECONDS);
        } else {
            channel.pipeline().context(this).close();
        }
    }

    /** Closes the connection after a response that was cut off: what is on its way gets a few seconds. */
    @Override
    public void cutShort() {
        end.hasten();
        cut();
    }

    @Override
    public void cutAtOnce() {
        if (endsWithConnection || unsent() > 0) {
            abort();
        } else {
            end.closeAtOnce(channel);
            cut();
        }
    }

    /** The response that is on its way to an HTTP/1.x client has no other end than that of the connection. */
    void endsWithConnection() {
        endsWithConnection = true;
    }

    /** The response is complete with what is written next, so that the connection may end. */
    void responseEnds() {
        endsWithConnection = false;
    }

    /**
     * Closes the connection in a way that can't be taken for the end of a response: with a reset, and without the word of
     * farewell of TLS. What the client has not received yet is lost.
     */
    void abort() {
        cut = true;
        OrderlyClose.abort(channel);
    }

    /** Says what is done when the body of the HTTP/1.x request that is being read turns out to be invalid. */
    void onInvalidBody(Runnable step) {
        onInvalidBody = step;
    }

    /** The body can't be read on, and neither can what follows it. */
    void bodyInvalid() {
        onInvalidBody.run();
    }

    @Override
    public void shed() {
        abort();
    }

    @Override
    public long unsent() {
        return BackendConnection.unsent(channel);
    }
}
