package io.wunderproxy.health;

import java.time.Duration;
import java.util.Map;

/**
 * How to tell whether a container may serve: {@code GET path} on its port must return 200.
 *
 * @param path path and query, beginning with a slash
 * @param port the port inside of the container
 * @param interval the longest pause between two probes while the container launches
 * @param timeout how long one probe may take, from connecting to the status line
 * @param successes how many probes in a row must succeed before the container counts as healthy
 * @param deadline how long a container may take until it is healthy
 * @param headers sent with each probe besides {@code X-Forwarded-Proto: https}
 * @param http2 whether the probe speaks HTTP/2 with prior knowledge instead of HTTP/1.1
 */
public record HealthCheck(
        String path,
        int port,
        Duration interval,
        Duration timeout,
        int successes,
        Duration deadline,
        Map<String, String> headers,
        boolean http2) {}
