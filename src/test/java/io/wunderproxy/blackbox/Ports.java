package io.wunderproxy.blackbox;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Hands out free TCP ports from below the range that the kernel uses for outgoing connections. Test classes run in two
 * processes at a time; each has ports of its own.
 */
public final class Ports {
    private static final int COUNT = 5_000;
    private static final int FIRST = 21_000 + COUNT * (Fork.NUMBER % 2);
    private static final AtomicInteger NEXT =
            new AtomicInteger((int) (ProcessHandle.current().pid() * 131 % COUNT));

    private Ports() {}

    /** A port on which nobody listens now. */
    public static int free() {
        for (int tries = 0; tries < COUNT; tries++) {
            int port = FIRST + NEXT.getAndIncrement() % COUNT;
            try (var probe = new ServerSocket(port, 1, InetAddress.getByName("0.0.0.0"))) {
                return probe.getLocalPort();
            } catch (IOException taken) {
                // Somebody else's; the next one then.
            }
        }
        throw new IllegalStateException("no free port between " + FIRST + " and " + (FIRST + COUNT));
    }
}
