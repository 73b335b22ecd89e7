package io.wunderproxy.fleet;

/**
 * The capacity of DynamoDB that calls took.
 *
 * @param reads read units: one is 4 KiB read with strong consistency, or 8 KiB without
 * @param writes write units: one is 1 KiB
 */
public record ConsumedUnits(double reads, double writes) {}
