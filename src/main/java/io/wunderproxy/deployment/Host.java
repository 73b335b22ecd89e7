package io.wunderproxy.deployment;

import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.health.HealthProber;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.time.MonotonicTime;
import java.time.Clock;

/**
 * The parts that all applications of a host share.
 *
 * @param bootId distinguishes one run of the machine from the next, see random(4)
 */
public record Host(
        ContainerRuntime runtime,
        HealthProber prober,
        EventLog events,
        ImageBuckets imageBuckets,
        Clock clock,
        MonotonicTime time,
        String bootId) {}
