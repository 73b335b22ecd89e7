package io.wunderproxy.proxy.backend;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.wunderproxy.proxy.rules.InvalidResponse;

/**
 * Reads responses, knowing to what: those to HEAD have no body (RFC 9112, section 6.3), and what comes while nobody waits
 * for a response belongs to none.
 */
final class BackendResponseDecoder extends HttpResponseDecoder {
    private static final int MAX_HEADER_SIZE = 64 * 1024;
    /** A whole read of the socket is handed on in one piece. */
    private static final int MAX_PIECE = 64 * 1024;

    private ChannelHandlerContext context;
    /** Gets the bytes of a response in place of this decoder; null if nobody does. */
    private RawResponse raw;

    private boolean expected;
    private boolean head;
    private boolean endDoubtful;
    private HttpVersion version;

    BackendResponseDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(8 * 1024)
                .setMaxHeaderSize(MAX_HEADER_SIZE)
                .setMaxChunkSize(MAX_PIECE)
                .setStrictLineParsing(false));
    }

    /** A request was sent, so that a response may come. */
    void expectResponse(boolean toHead) {
        expected = true;
        endDoubtful = false;
        head = toHead;
    }

    /** The response was read to its end: from now on, whatever comes closes the connection. */
    void expectNothing() {
        expected = false;
    }

    /** Whether something was received behind what has been handed on. */
    boolean hasUnread() {
        return actualReadableBytes() > 0;
    }

    /**
     * Whether the backend may have another idea of where the response ends than this side: its head announces chunks or a
     * length where there can be no body.
     */
    boolean isEndDoubtful() {
        return endDoubtful;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext added) {
        context = added;
    }

    /** Writes bytes as they are. */
    void write(ByteBuf bytes, ChannelPromise promise) {
        context.writeAndFlush(bytes, promise);
    }

    /** Says who gets the bytes of the response; null for this decoder. */
    void giveBytesTo(RawResponse receiver) {
        raw = receiver;
    }

    /** Reads bytes that were held back. */
    void read(ByteBuf bytes) throws Exception {
        super.channelRead(context, bytes);
        super.channelReadComplete(context);
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) throws Exception {
        if (raw != null) {
            raw.onBytes((ByteBuf) message);
        } else if (expected) {
            super.channelRead(context, message);
        } else {
            ReferenceCountUtil.release(message);
            context.close();
        }
    }

    /**
     * Names and values are checked when they are added to the response to the client, so not here. Until its headers are read, the
     * message is one of HTTP/1.1: of an earlier one, Netty would take the first of several lengths.
     */
    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        version = version(initialLine[0]);
        return new DefaultHttpResponse(
                HttpVersion.HTTP_1_1,
                HttpResponseStatus.valueOf(status(initialLine[1]), initialLine[2]),
                HeadersMultiMap.headers());
    }

    private static HttpVersion version(String text) {
        if (text.equals("HTTP/1.1")) {
            return HttpVersion.HTTP_1_1;
        }
        if (text.equals("HTTP/1.0")) {
            return HttpVersion.HTTP_1_0;
        }
        throw new InvalidResponse("it does not begin with HTTP/1.1");
    }

    /** Three digits (RFC 9112, section 4), of which those below 100 mean nothing. */
    private static int status(String text) {
        var status = 0;
        for (var i = 0; i < text.length(); i++) {
            var digit = text.charAt(i) - '0';
            status = digit < 0 || digit > 9 ? -1 : status * 10 + digit;
            if (status < 0 || i > 2) {
                break;
            }
        }
        if (text.length() != 3 || status < 100) {
            throw new InvalidResponse("its status is not a number from 100 to 999");
        }
        return status;
    }

    /**
     * Status and method decide (RFC 9112, section 6.3); Netty knows of drafts of WebSockets where a 101 had a body. The
     * place where Netty has not yet changed what the head says of the body.
     *
     * @throws InvalidResponse if the end of the body can't be found
     */
    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        var status = ((HttpResponse) message).status().code();
        var empty = head || status < 200 || status == 204 || status == 304;
        var headers = message.headers();
        var length = headers.get(HttpHeaderNames.CONTENT_LENGTH);
        if (headers.contains(HttpHeaderNames.TRANSFER_ENCODING)) {
            checkCodings(headers);
            checkAlone(length, message.protocolVersion(), empty);
            endDoubtful |= empty;
        } else if (length != null && !length.equals("0")) {
            endDoubtful |= status < 200 || status == 204;
        }
        return empty;
    }

    /** The body of any other coding would get to the client without the name of the coding. */
    private static void checkCodings(HttpHeaders headers) {
        var codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() != 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
            throw new InvalidResponse("its Transfer-Encoding is not just 'chunked'");
        }
    }

    private static void checkAlone(String length, HttpVersion version, boolean empty) {
        if (length != null && !empty) {
            throw new InvalidResponse("it has both Content-Length and Transfer-Encoding");
        }
        if (version != HttpVersion.HTTP_1_1 && !empty) {
            throw new InvalidResponse("it has Transfer-Encoding, but is of HTTP/1.0");
        }
    }

    /**
     * Never reads bytes behind a 101 as HTTP, whatever protocol it names. Netty asks this of each response, as soon as its
     * lengths are compared, so that it gets its own version here.
     */
    @Override
    protected boolean isSwitchingToNonHttp1Protocol(HttpResponse response) {
        response.setProtocolVersion(version);
        return response.status().code() == 101;
    }

    /** Says in words for an operator why a head could not be read. */
    static InvalidResponse invalid(HttpResponse head) {
        return switch (head.decoderResult().cause()) {
            case InvalidResponse known -> known;
            case TooLongHttpLineException tooLong -> new InvalidResponse("its status line is too long");
            case TooLongHttpHeaderException tooLong -> new InvalidResponse("its headers are too large");
            default ->
                new InvalidResponse(
                        switch (head.headers()
                                .getAll(HttpHeaderNames.CONTENT_LENGTH)
                                .size()) {
                            case 0 -> "its head can't be read";
                            case 1 -> "its Content-Length is not a number";
                            default -> "it has more than one Content-Length";
                        });
        };
    }
}
