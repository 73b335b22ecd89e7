package io.wunderproxy.proxy;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponseDecoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.http.impl.headers.HeadersMultiMap;

/** Reads answers, knowing that those to HEAD have no body (RFC 9112, section 6.3). */
final class BackendResponseDecoder extends HttpResponseDecoder {
    private static final int MAX_HEADER_SIZE = 64 * 1024;
    /** A whole read of the socket is handed on in one piece. */
    private static final int MAX_PIECE = 64 * 1024;

    private boolean head;

    BackendResponseDecoder() {
        super(new HttpDecoderConfig()
                .setMaxInitialLineLength(8 * 1024)
                .setMaxHeaderSize(MAX_HEADER_SIZE)
                .setMaxChunkSize(MAX_PIECE)
                .setStrictLineParsing(false));
    }

    /** Says whether the next answer is one to HEAD. */
    void expectAnswerToHead(boolean isHead) {
        head = isHead;
    }

    /** Names and values are checked when they are added to the answer to the client, so not here. */
    @Override
    protected HttpMessage createMessage(String[] initialLine) {
        return new DefaultHttpResponse(
                HttpVersion.valueOf(initialLine[0]),
                HttpResponseStatus.valueOf(Integer.parseInt(initialLine[1]), initialLine[2]),
                HeadersMultiMap.headers());
    }

    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        return head || super.isContentAlwaysEmpty(message);
    }
}
