package io.wunderproxy.proxy.rules;

import io.wunderproxy.options.Bounds;

/**
 * How large the head of a request may be.
 *
 * @param line bytes of the request line, else 414; 1 KiB to 64 MiB
 * @param fields header lines, else 431; at least 1
 * @param size bytes of all headers together, else 431; 1 KiB to 64 MiB
 */
public record HeadLimits(int line, int fields, int size) {

    public static final HeadLimits DEFAULT = new HeadLimits(8 * 1024, 100, 32 * 1024);

    public HeadLimits {
        Bounds.size("line", line, 1 << 10, 64 << 20);
        Bounds.atLeast("fields", fields, 1);
        Bounds.size("size", size, 1 << 10, 64 << 20);
    }
}
