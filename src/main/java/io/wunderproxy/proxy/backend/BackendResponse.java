package io.wunderproxy.proxy.backend;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.wunderproxy.proxy.rules.InvalidResponse;

/** Receives the response of a backend to one request; on the event loop, in the order of the methods. */
public interface BackendResponse {
    /** An interim response, 100 to 199 but not 101; any number of them. */
    void onInterim(HttpResponse interim);

    /** The connection is no longer HTTP: 101. No other method but {@link #onFailure} follows. */
    void onSwitchedProtocol(HttpResponse head);

    /** The head of the response. */
    void onHead(HttpResponse head);

    /** A part of the body; the receiver must release it. */
    void onData(ByteBuf data);

    /** All that was there to be read has been handed over, so what was held back to be sent together may go. */
    void onReadComplete();

    /** The backend takes more of the request's body after it had not, see {@link BackendConnection#isWritable}. */
    void onWritable();

    /** The end of the response; its connection is gone from here, or will be back in the pool when it is known to be silent. */
    void onEnd(HttpHeaders trailers);

    /**
     * The connection broke before the end of the response; nothing follows.
     *
     * @param cause an {@link InvalidResponse} if the backend sent something that can't be understood
     * @param sent false if certainly no part of the request reached the backend
     */
    void onFailure(Throwable cause, boolean sent);
}
