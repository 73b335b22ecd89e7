package io.wunderproxy.proxy;

import io.netty.buffer.ByteBuf;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.buffer.impl.BufferImpl;
import io.vertx.core.net.impl.VertxHandler;

/** The border between Netty's buffers, which are counted and pooled, and Vert.x's, which are collected. */
final class Buffers {
    private Buffers() {}

    /** Takes over a buffer from Netty. */
    static Buffer take(ByteBuf data) {
        return BufferImpl.buffer(VertxHandler.safeBuffer(data));
    }

    /** The bytes of a buffer of Vert.x, for Netty to write. */
    @SuppressWarnings("deprecation") // there is no other way in Vert.x 4; in 5 it is internal API
    static ByteBuf bytesOf(Buffer data) {
        return data.getByteBuf();
    }
}
