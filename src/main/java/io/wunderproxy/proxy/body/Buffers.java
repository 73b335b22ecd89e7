package io.wunderproxy.proxy.body;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.vertx.core.AsyncResult;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.buffer.impl.BufferImpl;
import io.vertx.core.net.impl.VertxHandler;

/** The border between Netty's buffers, which are counted and pooled, and Vert.x's, which are collected. */
public final class Buffers {
    private Buffers() {}

    /** Takes over a buffer from Netty. */
    public static Buffer take(ByteBuf data) {
        return BufferImpl.buffer(VertxHandler.safeBuffer(data));
    }

    /**
     * Takes over a buffer from Netty without a copy. Vert.x does not release it: whoever writes it does, with {@link #release}
     * when it is written, or {@link #releasing}.
     */
    public static Buffer share(ByteBuf data) {
        return BufferImpl.buffer(data);
    }

    /** A buffer that nobody has to release; the one that was shared is released. */
    public static Buffer own(Buffer shared) {
        return take(((BufferImpl) shared).byteBuf());
    }

    /** Gives back a shared buffer; does nothing to others. */
    public static void release(Buffer shared) {
        ((BufferImpl) shared).byteBuf().release();
    }

    /** The handler to call when this buffer is written: a shared one is released then. */
    public static Handler<AsyncResult<Void>> releasing(Buffer data, Handler<AsyncResult<Void>> then) {
        if (!isShared(data)) {
            return then;
        }
        return written -> {
            release(data);
            if (then != null) {
                then.handle(written);
            }
        };
    }

    private static boolean isShared(Buffer data) {
        return ((BufferImpl) data).byteBuf().alloc() instanceof PooledByteBufAllocator;
    }

    /** The bytes of a buffer of Vert.x, for Netty to write. */
    @SuppressWarnings("deprecation") // there is no other way in Vert.x 4; in 5 it is internal API
    public static ByteBuf bytesOf(Buffer data) {
        return data.getByteBuf();
    }
}
