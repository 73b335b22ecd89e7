package io.wunderproxy.judgement;

import java.util.Collection;
import java.util.Locale;

/**
 * The traffic of a proxy in some time.
 *
 * @param errors responses with 5xx
 * @param p90 seconds that 90 of 100 requests took at the most
 * @param p99 seconds that 99 of 100 requests took at the most
 */
public record Traffic(long requests, long errors, double p90, double p99) {

    public static final Traffic NONE = new Traffic(0, 0, 0, 0);

    /** The traffic after an earlier look; all of it if the counters began anew in between. */
    public Traffic minus(Traffic earlier) {
        return requests < earlier.requests
                ? this
                : new Traffic(requests - earlier.requests, errors - earlier.errors, p90, p99);
    }

    /** The traffic of several hosts together; the percentiles are those of the slowest. */
    public static Traffic sum(Collection<Traffic> hosts) {
        return new Traffic(
                hosts.stream().mapToLong(Traffic::requests).sum(),
                hosts.stream().mapToLong(Traffic::errors).sum(),
                hosts.stream().mapToDouble(Traffic::p90).max().orElse(0),
                hosts.stream().mapToDouble(Traffic::p99).max().orElse(0));
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
