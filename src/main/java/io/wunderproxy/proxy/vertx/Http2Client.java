package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http2.Http2Connection.PropertyKey;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Flags;
import io.netty.handler.codec.http2.Http2FrameListener;
import io.netty.handler.codec.http2.Http2FrameListenerDecorator;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import io.wunderproxy.proxy.rules.RequestRules;
import io.wunderproxy.proxy.transport.ChannelTimer;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;

/**
 * Knows of a client's HTTP/2 connection what Vert.x does not show: whether a request has a body, and its trailers. It
 * also cuts a client off that sends far more control frames than any needs; Netty does so for resets, continuations and
 * empty data.
 */
final class Http2Client extends Http2FrameListenerDecorator {
    private static final int MOST_CONTROL_FRAMES = 5000;
    private static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** Nobody needs to ask for less than this at a time. */
    private static final int SMALL_UPDATE = 1024;

    /** Refuses no stream. */
    private static final int ANY_STREAM = Integer.MAX_VALUE;

    /** Tells the acknowledgement of the PING behind the announcement from others. */
    private static final long ANNOUNCED = 0x656e64;

    private static final int HEARD_SECONDS = 5;

    /** A client may have chosen this connection for a request before it heard of the end, and send that a little later. */
    private static final int GRACE_SECONDS = 1;

    private final Http2ConnectionHandler handler;
    private final ChannelHandlerContext context;
    private final PropertyKey trailersKey;
    private final PropertyKey grantedKey;
    private int controlFrames;
    private final LongSupplier nanoTime;
    private long windowStart;
    /** Null unless an announcement is on its way. */
    private Runnable onHeard;

    private Http2Client(
            Http2ConnectionHandler handler,
            ChannelHandlerContext context,
            Http2FrameListener listener,
            LongSupplier nanoTime) {
        super(listener);
        this.nanoTime = nanoTime;
        windowStart = nanoTime.getAsLong();
        this.handler = handler;
        this.context = context;
        trailersKey = handler.connection().newKey();
        grantedKey = handler.connection().newKey();
    }

    /** Looks at all frames that the handler reads from now on. */
    static Http2Client watch(Http2ConnectionHandler handler, ChannelHandlerContext context, LongSupplier nanoTime) {
        var decoder = handler.decoder();
        var client = new Http2Client(handler, context, decoder.frameListener(), nanoTime);
        decoder.frameListener(client);
        return client;
    }

    /** Whether the client has not ended this stream yet, so that there is a body, which may be empty. */
    boolean isSending(int streamId) {
        var stream = handler.connection().stream(streamId);
        return stream != null && stream.state().remoteSideOpen();
    }

    /** The trailers of a request. */
    HttpHeaders trailersOf(int streamId) {
        var stream = handler.connection().stream(streamId);
        HttpHeaders trailers = stream == null ? null : stream.getProperty(trailersKey);
        return trailers == null ? EmptyHttpHeaders.INSTANCE : trailers;
    }

    /** Bytes of a response that were sent, as far as its end is not among them. */
    long sentOf(int streamId) {
        var stream = handler.connection().stream(streamId);
        if (stream == null) {
            return 0;
        }
        var flow = handler.encoder().flowController();
        return flow.initialWindowSize() + grantedTo(stream) - flow.windowSize(stream);
    }

    /** Bytes of requests that were read and nobody has taken. */
    int unconsumed() {
        return handler.decoder()
                .flowController()
                .unconsumedBytes(handler.connection().connectionStream());
    }

    private long grantedTo(Http2Stream stream) {
        Long granted = stream.getProperty(grantedKey);
        return granted == null ? 0 : granted;
    }

    /** Whether the client's windows leave room for this much of a response. */
    boolean isRoomFor(int streamId, int bytes) {
        var connection = handler.connection();
        var stream = connection.stream(streamId);
        var flow = handler.encoder().flowController();
        return stream == null
                || flow.windowSize(stream) >= bytes && flow.windowSize(connection.connectionStream()) >= bytes;
    }

    void sendInterim(int streamId, Http2Headers headers) {
        handler.encoder().writeHeaders(context, streamId, headers, 0, false, context.newPromise());
        context.flush();
    }

    /**
     * Asks the client to begin no more requests here and refuses none that is on its way; takes a step a second after the client has
     * heard of it, after five seconds at most (RFC 9113, section 6.8).
     */
    void announceEnd(Runnable heard) {
        onHeard = heard;
        // Past the connection's own state, where a GOAWAY makes Vert.x close a connection without streams at once.
        handler.encoder()
                .frameWriter()
                .writeGoAway(
                        context, ANY_STREAM, Http2Error.NO_ERROR.code(), Unpooled.EMPTY_BUFFER, context.newPromise());
        handler.encoder().writePing(context, false, ANNOUNCED, context.newPromise());
        context.flush();
        ChannelTimer.schedule(context.channel(), this::heard, HEARD_SECONDS, TimeUnit.SECONDS);
    }

    private void heard() {
        if (onHeard != null) {
            var step = onHeard;
            onHeard = null;
            step.run();
        }
    }

    @Override
    public void onPingAckRead(ChannelHandlerContext from, long data) throws Http2Exception {
        if (data == ANNOUNCED) {
            ChannelTimer.schedule(context.channel(), this::heard, GRACE_SECONDS, TimeUnit.SECONDS);
        } else {
            super.onPingAckRead(from, data);
        }
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext from,
            int streamId,
            Http2Headers headers,
            int streamDependency,
            short weight,
            boolean exclusive,
            int padding,
            boolean endOfStream)
            throws Http2Exception {
        checkMethod(streamId, headers);
        keepOneHost(headers);
        keepTrailers(streamId, headers, endOfStream);
        super.onHeadersRead(from, streamId, headers, streamDependency, weight, exclusive, padding, endOfStream);
    }

    @Override
    public void onHeadersRead(
            ChannelHandlerContext from, int streamId, Http2Headers headers, int padding, boolean endOfStream)
            throws Http2Exception {
        checkMethod(streamId, headers);
        keepOneHost(headers);
        keepTrailers(streamId, headers, endOfStream);
        super.onHeadersRead(from, streamId, headers, padding, endOfStream);
    }

    /**
     * A malformed request is an error of its stream, not of those beside it (RFC 9113, section 8.1.1). Vert.x would close the
     * connection without a word.
     */
    private static void checkMethod(int streamId, Http2Headers headers) throws Http2Exception {
        var method = headers.method();
        if (method != null && !RequestRules.isToken(method)) {
            throw Http2Exception.streamError(streamId, Http2Error.PROTOCOL_ERROR, RequestRules.BAD_METHOD.text());
        }
    }

    /**
     * A host that is unclear or not valid is taken out, so that the request is refused like one without a host. Vert.x would use the
     * first of several, and reset a stream without a word whose hosts differ (RFC 9113, section 8.3.1).
     */
    private static void keepOneHost(Http2Headers headers) {
        if (headers.method() == null) {
            return;
        }
        var authority = headers.authority();
        var host = headers.get(HttpHeaderNames.HOST);
        var isClear = host == null
                || headers.getAll(HttpHeaderNames.HOST).size() == 1
                        && (authority == null || AsciiString.contentEqualsIgnoreCase(authority, host));
        var said = authority == null ? host : authority;
        if (!isClear || said != null && RequestRules.checkAuthority(said.toString()) != null) {
            headers.remove(Http2Headers.PseudoHeaderName.AUTHORITY.value());
            headers.remove(HttpHeaderNames.HOST);
        } else if (authority != null && host != null) {
            headers.remove(HttpHeaderNames.HOST);
        }
    }

    private void keepTrailers(int streamId, Http2Headers headers, boolean endOfStream) throws Http2Exception {
        Http2Stream stream = handler.connection().stream(streamId);
        if (endOfStream && headers.method() == null && stream != null && !headers.isEmpty()) {
            var trailers = new DefaultHttpHeaders();
            for (var trailer : headers) {
                var name = trailer.getKey().toString();
                if (RequestRules.checkHeader(name, trailer.getValue().toString()) != null) {
                    throw Http2Exception.streamError(streamId, Http2Error.PROTOCOL_ERROR, "a trailer is not valid");
                }
                trailers.add(name, trailer.getValue());
            }
            stream.setProperty(trailersKey, trailers);
        }
    }

    @Override
    public int onDataRead(ChannelHandlerContext from, int streamId, ByteBuf data, int padding, boolean endOfStream)
            throws Http2Exception {
        if (!data.isReadable() && !endOfStream) {
            countControlFrame();
        }
        return super.onDataRead(from, streamId, data, padding, endOfStream);
    }

    @Override
    public void onSettingsRead(ChannelHandlerContext from, Http2Settings settings) throws Http2Exception {
        countControlFrame();
        super.onSettingsRead(from, settings);
    }

    @Override
    public void onPingRead(ChannelHandlerContext from, long data) throws Http2Exception {
        countControlFrame();
        super.onPingRead(from, data);
    }

    @Override
    public void onPriorityRead(
            ChannelHandlerContext from, int streamId, int streamDependency, short weight, boolean exclusive)
            throws Http2Exception {
        countControlFrame();
        super.onPriorityRead(from, streamId, streamDependency, weight, exclusive);
    }

    @Override
    public void onWindowUpdateRead(ChannelHandlerContext from, int streamId, int increment) throws Http2Exception {
        if (increment < SMALL_UPDATE) {
            countControlFrame();
        }
        var stream = streamId == 0 ? null : handler.connection().stream(streamId);
        if (stream != null) {
            stream.setProperty(grantedKey, grantedTo(stream) + increment);
        }
        super.onWindowUpdateRead(from, streamId, increment);
    }

    @Override
    public void onUnknownFrame(
            ChannelHandlerContext from, byte frameType, int streamId, Http2Flags flags, ByteBuf payload)
            throws Http2Exception {
        countControlFrame();
        super.onUnknownFrame(from, frameType, streamId, flags, payload);
    }

    private void countControlFrame() throws Http2Exception {
        var now = nanoTime.getAsLong();
        if (now - windowStart > WINDOW_NANOS) {
            windowStart = now;
            controlFrames = 0;
        }
        if (++controlFrames > MOST_CONTROL_FRAMES) {
            throw Http2Exception.connectionError(Http2Error.ENHANCE_YOUR_CALM, "too many control frames");
        }
    }

    /** Whether a connection was given up because its client sent too much of something. */
    static boolean isFlood(Throwable cause) {
        return cause instanceof Http2Exception problem && problem.error() == Http2Error.ENHANCE_YOUR_CALM;
    }
}
