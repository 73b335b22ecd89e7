package io.wunderproxy.proxy.body;

import io.vertx.core.buffer.Buffer;
import java.util.ArrayDeque;
import java.util.Deque;

/**
 * Parts of a body, first in, first out. Small ones are put together, since a body may come in millions of them, and each
 * by itself costs far more memory than its bytes.
 */
final class BufferQueue {
    private static final int SMALL = 4 * 1024;
    private static final int GATHERED = 64 * 1024;

    private final Deque<Buffer> parts = new ArrayDeque<>();
    /** The last of them as long as it is our own, and nobody else has got it. */
    private Buffer gathering;

    private long bytes;

    void add(Buffer part) {
        bytes += part.length();
        if (gathering != null && gathering.length() + part.length() <= GATHERED) {
            gathering.appendBuffer(part);
        } else if (part.length() < SMALL) {
            gathering = Buffer.buffer().appendBuffer(part);
            parts.add(gathering);
        } else {
            gathering = null;
            parts.add(part);
        }
    }

    /** The first one, which changes no more; it stays. Null if there is none. */
    Buffer peek() {
        var first = parts.peek();
        if (first == gathering) {
            gathering = null;
        }
        return first;
    }

    /** Takes the first one away; null if there is none. */
    Buffer poll() {
        var first = peek();
        if (first != null) {
            parts.poll();
            bytes -= first.length();
        }
        return first;
    }

    /** All of them, which change no more; they stay. */
    Iterable<Buffer> all() {
        gathering = null;
        return parts;
    }

    boolean isEmpty() {
        return parts.isEmpty();
    }

    long bytes() {
        return bytes;
    }

    void clear() {
        parts.clear();
        gathering = null;
        bytes = 0;
    }
}
