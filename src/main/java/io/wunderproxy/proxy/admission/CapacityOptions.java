package io.wunderproxy.proxy.admission;

import io.wunderproxy.options.Bounds;

/**
 * How much there may be at the same time, over all event loops.
 *
 * @param connections client connections, others are refused with 503; at least 1
 * @param requests that are being responded to, others get 503; at least 1
 * @param memory bytes of bodies and responses; beyond these, bodies go to files at once and a slow client holds its backend back sooner
 * @param disk bytes of temporary files; beyond these, bodies are refused with 507 and responses are streamed
 * @param unsent bytes of responses in memory for one client that reads slower than the backend writes; beyond these the backend is held
 *     back; 1 KiB to 64 MiB
 */
public record CapacityOptions(int connections, int requests, long memory, long disk, int unsent) {

    public static final CapacityOptions DEFAULT = new CapacityOptions(16_000, 8_000, 64L << 20, 10L << 30, 512 * 1024);

    public CapacityOptions {
        Bounds.atLeast("connections", connections, 1);
        Bounds.atLeast("requests", requests, 1);
        Bounds.atLeast("memory", memory, 0);
        Bounds.atLeast("disk", disk, 0);
        Bounds.size("unsent", unsent, 1 << 10, 64 << 20);
    }

    /** A copy with another number of connections. */
    public CapacityOptions withConnections(int number) {
        return new CapacityOptions(number, requests, memory, disk, unsent);
    }
}
