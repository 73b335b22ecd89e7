package io.wunderproxy.launchconfig;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The health check of an application in its launch configuration; a field that is missing has the agent's default.
 *
 * @param path path and query that are asked for, beginning with a slash
 * @param port the container's port that is asked; default: the application's port
 * @param interval the longest pause between two probes while a container launches; default 1 s
 * @param timeout how long one probe may take; default 2 s
 * @param successes how many probes in a row must return 200; default 2
 * @param deadline how long a container may take to become healthy; default: the agent's {@code --launch-timeout}
 * @param headers sent with each probe besides {@code X-Forwarded-Proto: https}
 */
public record HealthCheckConfig(
        String path,
        Optional<Integer> port,
        Optional<Duration> interval,
        Optional<Duration> timeout,
        Optional<Integer> successes,
        Optional<Duration> deadline,
        Map<String, String> headers) {}
