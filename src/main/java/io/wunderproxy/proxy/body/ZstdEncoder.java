package io.wunderproxy.proxy.body;

import io.airlift.compress.zstd.ZstdCompressor;
import io.vertx.core.buffer.Buffer;
import java.util.Arrays;

/**
 * Compresses to Zstandard (RFC 8878), the body as a whole: the library can't flush, and is best when it knows the length.
 * For bodies of a limited length only, see {@link #LARGEST}.
 */
public final class ZstdEncoder implements BodyEncoder {
    /** Bytes of the largest body that is compressed so, since it is kept in memory. */
    public static final long LARGEST = 1024 * 1024;

    private final Buffer body = Buffer.buffer();

    @Override
    public Buffer encode(Buffer part) {
        body.appendBuffer(part);
        return Buffer.buffer();
    }

    @Override
    public boolean isUnflushed() {
        return false;
    }

    @Override
    public Buffer flush() {
        return Buffer.buffer();
    }

    @Override
    public Buffer end() {
        var plain = body.getBytes();
        var compressor = new ZstdCompressor();
        var compressed = new byte[compressor.maxCompressedLength(plain.length)];
        var length = compressor.compress(plain, 0, plain.length, compressed, 0, compressed.length);
        return Buffer.buffer(Arrays.copyOf(compressed, length));
    }

    @Override
    public void close() {
        // Nothing but memory.
    }
}
