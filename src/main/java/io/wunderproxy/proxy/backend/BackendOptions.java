package io.wunderproxy.proxy.backend;

import io.wunderproxy.options.Bounds;
import java.time.Duration;

/**
 * How long a backend may take, and what is kept of its connections.
 *
 * @param connect until it accepts a connection, else 504; 1 ms to a day
 * @param response until its response begins, counted from the end of the request, and between two parts of it; else 504, or the client's
 *     connection is cut if the response has begun; 1 ms to a year
 * @param idle how long an unused connection is kept; shortened by the backend's own {@code Keep-Alive: timeout=}; up to a year
 * @param mostIdle unused connections that are kept, per event loop
 */
public record BackendOptions(Duration connect, Duration response, Duration idle, int mostIdle) {

    public static final BackendOptions DEFAULT =
            new BackendOptions(Duration.ofSeconds(5), Duration.ofMinutes(10), Duration.ofSeconds(30), 1024);

    public BackendOptions {
        Bounds.time("connect", connect, Duration.ofMillis(1), Duration.ofDays(1));
        Bounds.time("response", response, Duration.ofMillis(1));
        Bounds.time("idle", idle, Duration.ZERO);
        Bounds.atLeast("mostIdle", mostIdle, 0);
    }
}
