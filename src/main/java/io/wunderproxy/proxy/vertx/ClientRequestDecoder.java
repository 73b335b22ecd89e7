package io.wunderproxy.proxy.vertx;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.DecoderResult;
import io.netty.handler.codec.http.DefaultHttpRequest;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.wunderproxy.proxy.backend.ConnectionHeader;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.HopByHopHeaders;
import java.util.List;

/**
 * Reads requests and takes nothing for granted: besides what Netty refuses (bare LF, doubled or conflicting lengths,
 * invalid header names and values), it refuses what Netty repairs, since a repaired request may mean something else to
 * the next program: folded header lines, odd white space in the request line, and too many headers. It also takes away
 * what makes a library invent a body or another protocol.
 */
final class ClientRequestDecoder extends HttpRequestDecoder {
    private static final byte LF = '\n';
    private static final byte CR = '\r';
    /** The first four bytes of a request by HEAD. */
    private static final int HEAD = 'H' << 24 | 'E' << 16 | 'A' << 8 | 'D';
    /** A request's body is handed on in pieces of at most this many bytes. */
    private static final int MAX_PIECE = 16 * 1024;

    /** Why a head is refused; the stack tells nothing. */
    static final class RefusedHead extends RuntimeException {
        private static final long serialVersionUID = 1L;
        private final transient ErrorResponse response;

        private RefusedHead(ErrorResponse response) {
            super(response.text(), null, false, false);
            this.response = response;
        }

        private RefusedHead(String reason) {
            this(ErrorResponse.badRequest(reason));
        }

        ErrorResponse response() {
            return response;
        }
    }

    private final int maxHeaders;
    private final ClientConnection client;
    private boolean inHead = true;
    private boolean isHead;
    private int invented;
    private boolean refused;
    private boolean last;
    private boolean holding;
    private boolean stopped;
    private int lines;
    private int headBytes;

    /** @param invented how many of the first bytes are not the client's */
    ClientRequestDecoder(ClientConnection client, HeadLimits limits, int invented) {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(limits.line())
                .setMaxHeaderSize(limits.size())
                .setMaxChunkSize(MAX_PIECE)
                .setStrictLineParsing(true)
                .setUseRfc9112TransferEncoding(true));
        this.client = client;
        this.invented = invented;
        maxHeaders = limits.fields();
    }

    @Override
    protected void decode(ChannelHandlerContext context, ByteBuf buffer, List<Object> out) throws Exception {
        if (refused) {
            buffer.skipBytes(buffer.readableBytes());
            return;
        }
        if (invented > 0) {
            buffer.skipBytes(invented);
            invented = 0;
            return;
        }
        if (inHead && lines == 0) {
            isHead = beginsWithHead(buffer);
        }
        holding = inHead && lines == 0 && mustWait(context);
        if (holding) {
            return;
        }
        if (inHead) {
            var problem = problemIn(buffer);
            if (problem != null) {
                refused = true;
                buffer.skipBytes(buffer.readableBytes());
                out.add(refusedRequest(problem));
                return;
            }
        }
        var before = out.size();
        var from = buffer.readerIndex();
        super.decode(context, buffer, out);
        if (inHead) {
            headBytes += buffer.readerIndex() - from;
        }
        for (var i = before; i < out.size(); i++) {
            var message = out.get(i);
            if (message instanceof HttpContent content
                    && !(message instanceof HttpRequest)
                    && content.decoderResult().isFailure()) {
                // Vert.x would close the connection without a word.
                refused = true;
                out.remove(i);
                content.release();
                client.bodyInvalid();
                return;
            }
            if (message instanceof HttpRequest request) {
                inHead = false;
                ignoreUpgradeToHttp(request.headers());
                ConnectionHeader.separate(request.headers());
                last |= !HttpUtil.isKeepAlive(request);
                headBytes = 0;
            }
            if (message instanceof HttpContent content) {
                client.bodyRead(content.content().readableBytes());
            }
            if (message instanceof LastHttpContent last) {
                inHead = true;
                lines = 0;
                if (!last.trailingHeaders().isEmpty()) {
                    client.trailersRead(last.trailingHeaders());
                }
            }
        }
    }

    /**
     * A server may ignore an upgrade (RFC 9110, section 7.8), and there is no longer one to HTTP/2 (RFC 9113, section
     * 3.1). Vert.x would take it, with another idea of the request's body, and a backend would speak it unwatched.
     */
    private static void ignoreUpgradeToHttp(HttpHeaders headers) {
        if (headers.contains(HttpHeaderNames.UPGRADE)
                && HopByHopHeaders.namesHttp(headers.getAll(HttpHeaderNames.UPGRADE))) {
            headers.remove(HttpHeaderNames.UPGRADE);
        }
    }

    /** Stops reading from a client as soon as there is something that has to wait. */
    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (stopped && !mustWait(context)) {
            // Before anything is decoded, since Vert.x may stop the reading for reasons of its own then.
            stopped = false;
            context.channel().config().setAutoRead(true);
        }
        super.channelRead(context, message);
        client.countInput();
        if (holding && !stopped && actualReadableBytes() > 0) {
            stopped = true;
            context.channel().config().setAutoRead(false);
        }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) throws Exception {
        if (stopped) {
            // A decoder asks for more when it could decode nothing, whether reading is stopped or not.
            context.fireChannelReadComplete();
        } else {
            super.channelReadComplete(context);
        }
    }

    private boolean mustWait(ChannelHandlerContext context) {
        return client.isBusy() || !context.channel().isWritable();
    }

    /**
     * Continues with the bytes that the client sent behind a request before that had its response; not from within another method
     * of this class. Until then it may be the next request or, after a switch of protocols, anything else.
     */
    void resume(ChannelHandlerContext context) throws Exception {
        channelRead(context, Unpooled.EMPTY_BUFFER);
        channelReadComplete(context);
    }

    /** Bytes that were read and belong to no request yet. */
    int undecoded() {
        return actualReadableBytes() + headBytes;
    }

    /** Whether the client is in the middle of a request, has begun another one, or was refused. */
    boolean isWithinRequest() {
        return refused || !inHead || lines > 0 || actualReadableBytes() > 0;
    }

    /** Whether a request has said that it is the last one on this connection, so that nothing behind it is one. */
    boolean isLastRead() {
        return last;
    }

    /** Whether something waits for the end of a request. */
    boolean isHolding() {
        return holding;
    }

    /** Whether a request is by HEAD, as far as its first bytes tell. Empty lines before it say nothing. */
    private static boolean beginsWithHead(ByteBuf buffer) {
        var start = buffer.readerIndex();
        while (start < buffer.writerIndex() && (buffer.getByte(start) == CR || buffer.getByte(start) == LF)) {
            start++;
        }
        return buffer.writerIndex() - start > Integer.BYTES
                && buffer.getInt(start) == HEAD
                && buffer.getByte(start + Integer.BYTES) == ' ';
    }

    /** Whether the head that is being read is that of a request by HEAD, as far as can be seen, so that no response has a body. */
    boolean isReadingHead() {
        return inHead && isHead;
    }

    /** Looks at the lines that are complete; Netty will take exactly these from the buffer. */
    private Exception problemIn(ByteBuf buffer) {
        var start = buffer.readerIndex();
        for (var end = lineEnd(buffer, start); end >= 0; end = lineEnd(buffer, start)) {
            var length = end - start;
            if (length <= 1 && lines > 0) {
                return null; // The empty line: what follows is no head.
            }
            if (length > 1) {
                if (lines == 0 && !isRequestLine(buffer, start, end)) {
                    return new RefusedHead("the request line is not of the form 'method target version'");
                }
                if (lines > 0 && isBlank(buffer.getByte(start))) {
                    return new RefusedHead("header lines can't be folded");
                }
                if (lines > 0 && buffer.getByte(start) == ':') {
                    return new RefusedHead("a header has no name");
                }
                if (++lines > maxHeaders + 1) {
                    return new TooLongHttpHeaderException("more than " + maxHeaders + " headers");
                }
            }
            start = end + 1;
        }
        return null;
    }

    private static int lineEnd(ByteBuf buffer, int start) {
        return buffer.indexOf(start, buffer.writerIndex(), LF);
    }

    /** Two single spaces and no other white space or control character (RFC 9112, section 3). */
    private static boolean isRequestLine(ByteBuf buffer, int start, int lineFeed) {
        var spaces = 0;
        for (var i = start; i < lineFeed - 1; i++) {
            var c = buffer.getByte(i);
            if (c == ' ') {
                spaces++;
                if (i == start || buffer.getByte(i + 1) <= ' ' && buffer.getByte(i + 1) >= 0) {
                    return false;
                }
            } else if (c >= 0 && c < ' ' || c == 0x7f) {
                return false;
            }
        }
        return spaces == 2;
    }

    private static boolean isBlank(byte c) {
        return c == ' ' || c == '\t';
    }

    private HttpMessage refusedRequest(Exception problem) {
        var request = createInvalidMessage();
        request.setDecoderResult(DecoderResult.failure(problem));
        return request;
    }

    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        return new DefaultHttpRequest(
                version(initialLine[2]),
                HttpMethod.valueOf(initialLine[0]),
                initialLine[1],
                HeadersMultiMap.httpHeaders());
    }

    private static HttpVersion version(String text) {
        // No pattern in a switch: a native image interprets these, and every request comes by here.
        if (text.equals("HTTP/1.1")) {
            return HttpVersion.HTTP_1_1;
        }
        if (text.equals("HTTP/1.0")) {
            return HttpVersion.HTTP_1_0;
        }
        throw text.startsWith("HTTP/")
                ? new RefusedHead(ErrorResponse.BAD_VERSION)
                : new RefusedHead("the request line names no version of HTTP");
    }

    /** Stands for a request of which nothing is known but whether a response to it may have a body (RFC 9110, section 9.3.2). */
    @Override
    protected HttpMessage createInvalidMessage() {
        return new DefaultHttpRequest(
                HttpVersion.HTTP_1_0, isHead ? HttpMethod.HEAD : HttpMethod.GET, "/", HeadersMultiMap.httpHeaders());
    }

    /** Only these two headers announce a body (RFC 9112, section 6.3); Netty knows of drafts of WebSockets that had others. */
    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        var headers = message.headers();
        return !headers.contains(HttpHeaderNames.CONTENT_LENGTH)
                && !headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }
}
