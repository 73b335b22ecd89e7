package io.wunderproxy.proxy.backend;

import io.netty.buffer.ByteBuf;

/** Receives what a backend sends for one request as bytes, on the event loop. */
public interface RawResponse {
    /** Takes over what was read. */
    void onBytes(ByteBuf bytes);

    /** All that was there to be read has come. */
    void onReadComplete();

    /**
     * The connection has ended; nothing follows.
     *
     * @param reached whether any part of the request may have reached the backend
     */
    void onFailure(Throwable cause, boolean reached);
}
