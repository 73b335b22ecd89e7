package io.wunderproxy.rollout;

import io.wunderproxy.api.Status;
import io.wunderproxy.api.TimesView;
import io.wunderproxy.api.TrafficCounters;
import io.wunderproxy.judgement.Traffic;

/** The traffic that a host's status tells of. */
final class HostTraffic {

    private HostTraffic() {}

    /** The traffic since the host's last switch. */
    static Traffic sinceSwitch(Status status) {
        return of(status.traffic().sinceSwitch(), status.traffic().times("switch"));
    }

    /** The traffic since the host's start; the percentiles are of the last minute. */
    static Traffic sinceStart(Status status) {
        return of(status.traffic().sinceStart(), status.traffic().times("1m"));
    }

    private static Traffic of(TrafficCounters counters, TimesView times) {
        return new Traffic(
                counters.requests(), counters.statusClasses().getOrDefault("5xx", 0L), times.p90(), times.p99());
    }
}
