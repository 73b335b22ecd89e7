package io.wunderproxy.proxy.exchange;

import io.wunderproxy.options.Bounds;
import java.time.Duration;

/**
 * How long a client may take.
 *
 * @param head to send the head of a request, counted from its first byte, and to begin on a new connection, else 408; 1 ms to a year
 * @param body to pause while it sends a request body or reads a response; else 408, or the connection is cut if the response has begun;
 *     1 ms to a year
 * @param idle to keep its connection without a request; up to a year
 */
public record ClientTimeouts(Duration head, Duration body, Duration idle) {

    public static final ClientTimeouts DEFAULT =
            new ClientTimeouts(Duration.ofSeconds(10), Duration.ofSeconds(60), Duration.ofSeconds(75));

    public ClientTimeouts {
        Bounds.time("head", head, Duration.ofMillis(1));
        Bounds.time("body", body, Duration.ofMillis(1));
        Bounds.time("idle", idle, Duration.ZERO);
    }
}
