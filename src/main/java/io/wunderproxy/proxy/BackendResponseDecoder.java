package io.wunderproxy.proxy;

import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpMessage;
import io.netty.handler.codec.http.HttpResponse;
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

    /** The status alone decides, with the method; Netty knows of drafts of WebSockets where a 101 had a body. */
    @Override
    protected boolean isContentAlwaysEmpty(HttpMessage message) {
        var status = ((HttpResponse) message).status().code();
        return head || status < 200 || status == 204 || status == 304;
    }

    /** What follows a 101 is never read as HTTP here, whatever protocol it names. */
    @Override
    protected boolean isSwitchingToNonHttp1Protocol(HttpResponse response) {
        return response.status().code() == 101;
    }
}
