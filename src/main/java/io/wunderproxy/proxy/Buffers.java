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

    /**
     * Takes over a buffer from Netty without a copy. The result is to be written once, or else to be released with
     * {@link #release}.
     */
    static Buffer share(ByteBuf data) {
        return BufferImpl.buffer(data);
    }

    /** A buffer that nobody has to release; the one that was shared is released. */
    static Buffer own(Buffer shared) {
        return take(((BufferImpl) shared).byteBuf());
    }

    /** Gives back a shared buffer that is not written; does nothing to others. */
    static void release(Buffer shared) {
        ((BufferImpl) shared).byteBuf().release();
    }

    /** The bytes of a buffer of Vert.x, for Netty to write. */
    @SuppressWarnings("deprecation") // there is no other way in Vert.x 4; in 5 it is internal API
    static ByteBuf bytesOf(Buffer data) {
        return data.getByteBuf();
    }
}
