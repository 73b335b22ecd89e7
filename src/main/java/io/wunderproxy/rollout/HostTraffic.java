package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.api.TimesView;
import io.wunderproxy.api.TrafficCounters;
import java.util.Collection;
import java.util.Locale;

/**
 * The traffic of a host's proxy in some time.
 *
 * @param errors responses with 5xx
 * @param p90 seconds that 90 of 100 requests took at the most
 * @param p99 seconds that 99 of 100 requests took at the most
 */
public record HostTraffic(long requests, long errors, double p90, double p99) {

    public static final HostTraffic NONE = new HostTraffic(0, 0, 0, 0);

    /** The traffic since the host's last switch. */
    public static HostTraffic sinceSwitch(Status status) {
        return of(status.traffic().sinceSwitch(), status.traffic().times("switch"));
    }

    /** The traffic since the host's start; the percentiles are of the last minute. */
    public static HostTraffic sinceStart(Status status) {
        return of(status.traffic().sinceStart(), status.traffic().times("1m"));
    }

    private static HostTraffic of(TrafficCounters counters, TimesView times) {
        return new HostTraffic(
                counters.requests(), counters.statusClasses().getOrDefault("5xx", 0L), times.p90(), times.p99());
    }

    /** The traffic after an earlier look; all of it if the counters began anew in between. */
    public HostTraffic minus(HostTraffic earlier) {
        return requests < earlier.requests
                ? this
                : new HostTraffic(requests - earlier.requests, errors - earlier.errors, p90, p99);
    }

    /** The traffic of several hosts together; the percentiles are those of the slowest. */
    public static HostTraffic sum(Collection<HostTraffic> hosts) {
        return new HostTraffic(
                hosts.stream().mapToLong(HostTraffic::requests).sum(),
                hosts.stream().mapToLong(HostTraffic::errors).sum(),
                hosts.stream().mapToDouble(HostTraffic::p90).max().orElse(0),
                hosts.stream().mapToDouble(HostTraffic::p99).max().orElse(0));
    }

    /** The part of the requests whose response was a 5xx, 0 to 1. */
    public double errorRate() {
        return requests == 0 ? 0 : (double) errors / requests;
    }

    @Override
    public String toString() {
        return String.format(
                Locale.ROOT,
                "%d requests, %.2f %% errors, p90 %.1f ms, p99 %.1f ms",
                requests,
                100 * errorRate(),
                1000 * p90,
                1000 * p99);
    }
}
