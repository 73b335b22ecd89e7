package io.wunderproxy.rollout;

import java.time.Duration;

/**
 * How careful a deployment to a fleet is.
 *
 * @param quorum how many hosts must be able to serve the new configuration
 * @param batch how many are switched at a time
 * @param bake how long the hosts that have switched are watched before the next batch
 * @param maxErrors how much higher the part of errors may be than on the hosts that were not switched yet, 0 to 1
 * @param maxSlowdown how many times longer 99 of 100 requests may take than on those hosts
 * @param timeout how long a launch may take
 */
public record RolloutPolicy(
        Share quorum, Share batch, Duration bake, double maxErrors, double maxSlowdown, Duration timeout) {}
