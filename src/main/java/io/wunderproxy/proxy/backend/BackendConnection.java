package io.wunderproxy.proxy.backend;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelProgressiveFuture;
import io.netty.channel.ChannelProgressiveFutureListener;
import io.netty.channel.ChannelPromise;
import io.netty.channel.VoidChannelPromise;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.PrematureChannelClosureException;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.DefaultLastHttpContent;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2GoAwayFrame;
import io.netty.handler.codec.http2.Http2ResetFrame;
import io.netty.handler.codec.http2.Http2StreamFrameToHttpObjectCodec;
import io.netty.util.AsciiString;
import io.netty.util.ReferenceCountUtil;
import io.wunderproxy.proxy.rules.InvalidResponse;
import io.wunderproxy.proxy.rules.KeepAliveHeader;
import io.wunderproxy.proxy.transport.ProxyTransport;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;

/**
 * One HTTP/1.1 connection to a backend, either idle in its pool or carrying one request; or one stream of an HTTP/2
 * connection. Everything happens on one event loop.
 */
public final class BackendConnection extends ChannelInboundHandlerAdapter {
    private static final int SWITCHING_PROTOCOLS = 101;
    /** For one request: far more than any application has to say before its response. */
    private static final int MOST_INTERIM = 100;
    /** A body up to this size travels in the same TCP segment as an ordinary head: both arrive or neither does. */
    private static final int ONE_SEGMENT = 512;

    /** Smaller parts of a body are put together until they are flushed: a body may come in millions of them. */
    private static final int SMALL_PART = 1024;

    private static final int GATHERED = 16 * 1024;

    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");

    private final BackendPool pool;
    private final Channel channel;
    private final List<ChannelHandler> codec;
    /** Null for a stream of HTTP/2. */
    private final BackendResponseDecoder decoder;

    private final boolean reusable;
    private final RequestFraming framing = new RequestFraming();
    private final Runnable flush = this::flush;
    /** For writes whose failure shows in reading: a response may be there although the request could not be sent whole. */
    private final ChannelPromise unwatched;

    private boolean flushScheduled;
    private ByteBuf gathered;
    private boolean gatheredIsOwn;

    private BackendResponse response;
    /** Receives the response as bytes; null if {@link #response} does. */
    private RawResponse raw;
    /** Read before anybody receives them. */
    private ByteBuf held;

    private boolean used;
    private boolean unsent;
    private int flushes;
    private long bodyBytes;
    private boolean requestEnded;
    private boolean interim;
    private int interims;
    private boolean released;
    private boolean switched;
    private final List<ByteBuf> afterSwitch = new ArrayList<>(0);
    private boolean keepAlive;
    private Throwable failure;
    private long idleSince;
    private long idleLimit;

    private BackendConnection(
            BackendPool pool, Channel channel, long idleLimitNanos, boolean reusable, List<ChannelHandler> codec) {
        this.pool = pool;
        this.channel = channel;
        this.reusable = reusable;
        this.codec = codec;
        decoder = codec.getFirst() instanceof BackendResponseDecoder http1 ? http1 : null;
        idleLimit = idleLimitNanos;
        unwatched = new VoidChannelPromise(channel, false);
        codec.forEach(channel.pipeline()::addLast);
        channel.pipeline().addLast(this);
    }

    /** A connection of its own. */
    public static BackendConnection http1(BackendPool pool, Channel channel, long idleLimitNanos) {
        return new BackendConnection(
                pool,
                channel,
                idleLimitNanos,
                true,
                List.of(new BackendResponseDecoder(), new BackendRequestEncoder()));
    }

    /** A stream of an HTTP/2 connection, good for one request. */
    public static BackendConnection http2(BackendPool pool, Channel stream) {
        var connection = new BackendConnection(
                pool, stream, 0, false, List.of(new Http2StreamFrameToHttpObjectCodec(false, false)));
        // The connection below may be about to end, or have no room for another stream.
        connection.used = true;
        return connection;
    }

    Channel channel() {
        return channel;
    }

    /** Whether this connection has carried a request before the present one, so that it may be stale. */
    public boolean isReused() {
        return used;
    }

    /**
     * Sends a request. This method, {@link #write} and {@link #end} are the only ones that write to a backend, and hold
     * what they write against what the head announces.
     *
     * @param hasBody if true, {@link #write} and {@link #end} must follow
     * @param watchHead whether the caller wants to know in {@link BackendResponse#onFailure} if nothing was sent
     * @throws RequestFraming.Mistake if that is not the same; the connection is closed then
     */
    public void send(
            BackendResponse receiver,
            HttpMethod method,
            String uri,
            HttpHeaders headers,
            boolean hasBody,
            boolean watchHead) {
        response = receiver;
        requestEnded = !hasBody;
        interim = false;
        unsent = false;
        flushes = hasBody ? 0 : 1;
        bodyBytes = 0;
        try {
            framing.begin(headers, !reusable, hasBody);
        } catch (RequestFraming.Mistake mistake) {
            cancel();
            throw mistake;
        }
        interims = 0;
        if (decoder != null) {
            decoder.expectResponse(method.equals(HttpMethod.HEAD));
        }
        ChannelFuture written;
        if (hasBody) {
            written = channel.write(new DefaultHttpRequest(HttpVersion.HTTP_1_1, method, uri, headers));
            flushSoon();
        } else {
            written = channel.writeAndFlush(
                    new DefaultFullHttpRequest(
                            HttpVersion.HTTP_1_1,
                            method,
                            uri,
                            Unpooled.EMPTY_BUFFER,
                            headers,
                            EmptyHttpHeaders.INSTANCE),
                    watchHead ? channel.newPromise() : unwatched);
        }
        if (watchHead) {
            written.addListener(head -> unsent = !head.isSuccess());
        }
    }

    /**
     * Sends a whole request as bytes, and takes them over. The response comes as bytes, until {@link #receive} says otherwise.
     *
     * @param toHead whether the request is by HEAD
     * @param body how many of the bytes are the request's body
     * @param watchHead whether the caller wants to know in {@link RawResponse#onFailure} if nothing was sent
     */
    public void sendRaw(RawResponse receiver, ByteBuf request, boolean toHead, int body, boolean watchHead) {
        raw = receiver;
        requestEnded = true;
        interim = false;
        interims = 0;
        unsent = false;
        flushes = 1;
        bodyBytes = body;
        decoder.expectResponse(toHead);
        decoder.giveBytesTo(receiver);
        if (watchHead) {
            decoder.write(request, channel.newProgressivePromise().addListener(new Watch()));
        } else {
            decoder.write(request, unwatched);
        }
    }

    /** Looks whether a request was not sent: one that was sent in part may have been read. */
    private final class Watch implements ChannelProgressiveFutureListener {
        private boolean begun;

        @Override
        public void operationProgressed(ChannelProgressiveFuture written, long progress, long total) {
            begun = true;
        }

        @Override
        public void operationComplete(ChannelProgressiveFuture written) {
            unsent = !written.isSuccess() && !begun;
        }
    }

    /**
     * The response that was received as bytes is complete.
     *
     * @param keep whether the backend keeps the connection, and nothing came behind the response
     */
    public void endRaw(boolean keep) {
        raw = null;
        decoder.giveBytesTo(null);
        used = true;
        free(keep);
    }

    /** Reads nothing more until somebody else receives the response. */
    public void hold() {
        raw = null;
        decoder.giveBytesTo(null);
        pause();
    }

    /** Keeps the beginning of a response for whoever receives it, and reads nothing more until then. */
    public void hold(ByteBuf bytes) {
        hold();
        held = bytes;
    }

    /** Gives the response to a request that was sent as bytes to this receiver, from its beginning. */
    public void receive(BackendResponse receiver) {
        response = receiver;
        resume();
        if (held != null) {
            var bytes = held;
            held = null;
            try {
                decoder.read(bytes);
            } catch (Exception broken) {
                fail(broken);
            }
        }
        if (failure != null) {
            fail(failure);
        }
    }

    /**
     * Sends a part of the request's body and takes over the buffer.
     *
     * @throws RequestFraming.Mistake if the body gets longer than announced; the connection is closed then
     */
    public void write(ByteBuf data) {
        try {
            framing.add(data.readableBytes());
        } catch (RequestFraming.Mistake mistake) {
            data.release();
            cancel();
            throw mistake;
        }
        bodyBytes += data.readableBytes();
        if (data.readableBytes() < SMALL_PART) {
            gather(data);
        } else {
            writeGathered();
            channel.write(new DefaultHttpContent(data), unwatched);
        }
        flushSoon();
    }

    private void gather(ByteBuf data) {
        if (gathered == null) {
            gathered = data;
            gatheredIsOwn = false;
            return;
        }
        if (!gatheredIsOwn) {
            gatheredIsOwn = true;
            var more = channel.alloc().buffer(GATHERED, GATHERED);
            more.writeBytes(gathered);
            gathered.release();
            gathered = more;
        }
        gathered.writeBytes(data);
        data.release();
        if (gathered.writableBytes() < SMALL_PART) {
            writeGathered();
        }
    }

    private void writeGathered() {
        if (gathered != null) {
            var data = gathered;
            gathered = null;
            channel.write(new DefaultHttpContent(data), unwatched);
        }
    }

    /**
     * Ends the request's body.
     *
     * @throws RequestFraming.Mistake if it is shorter than announced; the connection is closed then
     */
    public void end(HttpHeaders trailers) {
        try {
            framing.end();
        } catch (RequestFraming.Mistake mistake) {
            cancel();
            throw mistake;
        }
        requestEnded = true;
        writeGathered();
        var last = trailers.isEmpty()
                ? LastHttpContent.EMPTY_LAST_CONTENT
                : new DefaultLastHttpContent(Unpooled.EMPTY_BUFFER, trailers);
        channel.write(last, unwatched);
        flushSoon();
    }

    /** Whether all of the request was sent, as far as the caller has it. */
    public boolean isRequestEnded() {
        return requestEnded;
    }

    /** Whether the request's body may continue; if not, {@link BackendResponse#onWritable} says when. */
    public boolean isWritable() {
        return channel.isWritable();
    }

    /** Bytes of the request that the backend has not taken. */
    public long unsent() {
        return unsent(channel);
    }

    /** Bytes that were written to a connection and not taken by its socket. */
    public static long unsent(Channel channel) {
        var waiting = channel.unsafe().outboundBuffer();
        return waiting == null ? 0 : waiting.totalPendingWriteBytes();
    }

    /** Stops reading the response, because the client can't take it as fast. */
    public void pause() {
        channel.config().setAutoRead(false);
    }

    /** Continues to read. */
    public void resume() {
        channel.config().setAutoRead(true);
    }

    /** Breaks the exchange off: closing the connection tells the backend. */
    public void cancel() {
        response = null;
        raw = null;
        if (decoder != null) {
            decoder.giveBytesTo(null);
        }
        channel.close();
    }

    /** All parts of a request that are there at the same time go out in one system call. */
    private void flushSoon() {
        if (!flushScheduled) {
            flushScheduled = true;
            channel.eventLoop().execute(flush);
        }
    }

    private void flush() {
        flushScheduled = false;
        writeGathered();
        flushes++;
        channel.flush();
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (switched && message instanceof ByteBuf bytes) {
            afterSwitch.add(bytes);
            return;
        }
        if (switched && message instanceof LastHttpContent end) {
            end.release();
            return;
        }
        if (response == null || switched) {
            ReferenceCountUtil.release(message);
            channel.close();
            return;
        }
        if (message instanceof HttpResponse head) {
            readHead(head);
        }
        if (message instanceof HttpContent content) {
            readContent(content);
        }
    }

    private void readHead(HttpResponse head) {
        if (head.decoderResult().isFailure()) {
            var cause = head.decoderResult().cause();
            fail(cause instanceof PrematureChannelClosureException ? cause : BackendResponseDecoder.invalid(head));
            return;
        }
        var status = head.status().code();
        if (status < 100 || status > 999) {
            fail(new InvalidResponse("its status is not a number from 100 to 999"));
        } else if (status == SWITCHING_PROTOCOLS) {
            switched = true;
            used = true;
            response.onSwitchedProtocol(head);
        } else if (status < 200 && ++interims > MOST_INTERIM) {
            fail(new InvalidResponse("more than " + MOST_INTERIM + " interim responses come before it"));
        } else if (status < 200) {
            interim = true;
            response.onInterim(head);
        } else {
            keepAlive = ConnectionHeader.isKeepAlive(head) && (decoder == null || !decoder.isEndDoubtful());
            limitIdle(head.headers().get(KEEP_ALIVE));
            response.onHead(head);
        }
    }

    private void readContent(HttpContent content) {
        if (content.decoderResult().isFailure()) {
            content.release();
            fail(new InvalidResponse("a chunk of it can't be read"));
            return;
        }
        if (response != null && !interim && content.content().isReadable()) {
            response.onData(content.content());
        } else {
            content.release();
        }
        if (content instanceof LastHttpContent last) {
            if (interim) {
                interim = false;
            } else if (response != null) {
                end(last);
            }
        }
    }

    private void end(LastHttpContent last) {
        var receiver = response;
        response = null;
        used = true;
        free(reusable && keepAlive && requestEnded && !decoder.hasUnread());
        receiver.onEnd(last.trailingHeaders());
    }

    /** Lets the connection carry another request if it may, else closes it. */
    private void free(boolean keep) {
        if (keep && channel.isActive() && !isEndedByBackend()) {
            decoder.expectNothing();
            released = true;
            resume();
        } else {
            channel.close();
        }
    }

    /** Whether the response may have ended by the end of what the backend sends, which leaves the channel active. */
    private boolean isEndedByBackend() {
        return channel instanceof DuplexChannel duplex && duplex.isInputShutdown();
    }

    /** A backend that says how long it keeps idle connections is left a second before it closes them. */
    public void limitIdle(String keepAliveHeader) {
        if (keepAliveHeader == null || used) {
            return;
        }
        var seconds = KeepAliveHeader.timeoutSeconds(keepAliveHeader);
        if (seconds >= 0) {
            idleLimit = Math.min(idleLimit, Math.max(0, seconds * 1000L - 1000) * 1_000_000);
        }
    }

    /** Starts the time that this connection may be idle. */
    void idleFrom(long nanoTime) {
        idleSince = nanoTime;
    }

    /** Nanoseconds since this connection became idle. */
    long idleFor(long nanoTime) {
        return nanoTime - idleSince;
    }

    boolean isExpired(long nanoTime) {
        return nanoTime - idleSince >= idleLimit;
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (released) {
            // Now nothing is left to be read: what comes from here on came after the response, and closes it.
            released = false;
            if (channel.isActive()) {
                pool.release(this);
            }
        } else if (raw != null) {
            raw.onReadComplete();
        } else if (response != null && !switched) {
            response.onReadComplete();
        }
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        if (response != null && channel.isWritable()) {
            response.onWritable();
        }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof ChannelInputShutdownEvent) {
            // Had the backend read the first of several segments, its close could be about that one.
            unsent |= flushes <= 1 && bodyBytes <= ONE_SEGMENT && ProxyTransport.isReset(channel);
            channel.close();
        } else if (event instanceof Http2ResetFrame reset) {
            // The stream is closed behind it, which ends the exchange.
            unsent |= reset.errorCode() == Http2Error.REFUSED_STREAM.code();
            failure = new IOException("the backend has reset the stream: " + Http2Error.valueOf(reset.errorCode()));
        } else if (event instanceof Http2GoAwayFrame) {
            // Only the streams learn it that the backend has not looked at (RFC 9113, section 6.8).
            unsent = true;
            failure = new IOException("the backend takes no more streams on this connection");
        }
        ReferenceCountUtil.release(event);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        fail(cause);
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
        afterSwitch.forEach(ByteBuf::release);
        afterSwitch.clear();
        if (held != null) {
            held.release();
            held = null;
        }
        pool.remove(this);
        fail(failure == null ? new ClosedChannelException() : failure);
    }

    private void fail(Throwable cause) {
        failure = cause;
        channel.close();
        var receiver = response;
        var rawReceiver = raw;
        response = null;
        raw = null;
        if (receiver != null) {
            receiver.onFailure(cause, !unsent);
        } else if (rawReceiver != null) {
            decoder.giveBytesTo(null);
            rawReceiver.onFailure(cause, !unsent);
        }
    }

    /** Hands the bare connection over after a switch of protocols; the caller reads and closes it from now on. */
    public Channel detach() {
        response = null;
        return channel;
    }

    /** Leaves nothing of HTTP in the pipeline; what was read after the 101 goes to the handlers behind. */
    public void removeCodec() {
        var pipeline = channel.pipeline();
        var context = pipeline.context(this);
        afterSwitch.forEach(context::fireChannelRead);
        afterSwitch.clear();
        context.fireChannelReadComplete();
        pipeline.remove(this);
        codec.reversed().forEach(pipeline::remove);
        channel.config().setAutoRead(true);
    }
}
