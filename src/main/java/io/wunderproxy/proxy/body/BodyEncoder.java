package io.wunderproxy.proxy.body;

import io.vertx.core.buffer.Buffer;

/** Compresses one body piece by piece. Must be ended or closed. */
public interface BodyEncoder {
    /** Compresses a part; what comes out may be nothing yet. */
    Buffer encode(Buffer part);

    /** Whether something was encoded that a receiver could not read yet. */
    boolean isUnflushed();

    /** All that was encoded so far, so that a stream does not wait for its next part. */
    Buffer flush();

    /** The rest of the body. */
    Buffer end();

    /** Frees what the encoder holds; the second and later calls do nothing. */
    void close();
}
