package io.wunderproxy.deployment;

import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.proxy.stats.TrafficStats.Snapshot;
import java.util.Set;

/** The traffic of a deployment that bakes, without what the proxy responded by itself for reasons of its own. */
final class BakeTraffic {

    /** The refusals with 5xx that no application is to blame for. */
    private static final Set<Refusal> OWN =
            Set.of(Refusal.CONNECTIONS, Refusal.REQUESTS, Refusal.NO_SPACE, Refusal.PAUSED, Refusal.MAINTENANCE);

    private static final int SERVER_ERRORS = 4;
    private static final double NANOS = 1e9;

    /** The fewest requests in the last minutes that stand for the former deployment; else all since its switch do. */
    private static final long ENOUGH = 100;

    private final TrafficStats stats;
    private final long refusedBefore;

    /** Begins to watch the deployment that was switched to. */
    BakeTraffic(TrafficStats stats) {
        this.stats = stats;
        refusedBefore = refused(stats.snapshot());
    }

    /** The traffic of the deployment that is about to be switched away from. */
    static Traffic ofFormer(TrafficStats stats) {
        var snapshot = stats.snapshot();
        var recent = snapshot.times().get("5m");
        return of(
                snapshot,
                0,
                recent.count() >= ENOUGH ? recent : snapshot.times().get("switch"));
    }

    /** The traffic since the switch; its percentiles are those since the last mark. */
    Traffic now() {
        var snapshot = stats.snapshot();
        return of(snapshot, refused(snapshot) - refusedBefore, stats.timesSinceMark());
    }

    /** The number of requests since the start that the backend may have let wait for nothing: given up by client or proxy. */
    long givenUp() {
        var snapshot = stats.snapshot();
        return snapshot.sinceStart().clientAborts() + snapshot.refusals().get(Refusal.BACKEND_SLOW);
    }

    /** The number of responses that have begun since the switch. */
    long begun() {
        return stats.snapshot().firstByteTimes().get("switch").count();
    }

    /** A request that went to a peer instead, since this backend was not there, counts as an error. */
    private static Traffic of(Snapshot snapshot, long own, Percentiles times) {
        var counters = snapshot.sinceSwitch();
        return new Traffic(
                Math.max(0, counters.requests() - own),
                Math.max(0, counters.byStatusClass().get(SERVER_ERRORS) + counters.fallbacks() - own),
                times.p90().toNanos() / NANOS,
                times.p99().toNanos() / NANOS);
    }

    private static long refused(Snapshot snapshot) {
        return OWN.stream().mapToLong(snapshot.refusals()::get).sum();
    }
}
