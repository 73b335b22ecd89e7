package io.wunderproxy.manager;

import io.wunderproxy.api.BackendTraffic;
import io.wunderproxy.api.TimesView;
import io.wunderproxy.api.TrafficCounters;
import io.wunderproxy.api.TrafficView;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/** The proxy's traffic, as {@code /status} shows it. Times are in seconds, sizes in bytes. */
final class TrafficReport {

    private TrafficReport() {}

    static TrafficView of(TrafficStats.Snapshot traffic) {
        return new TrafficView(
                traffic.inFlight(),
                counters(traffic.sinceSwitch()),
                counters(traffic.sinceStart()),
                byName(traffic.byStatus(), status -> status.toString()),
                traffic.byMethod(),
                refusals(traffic.refusals()),
                times(traffic.times()),
                new BackendTraffic(
                        times(traffic.connectTimes()), times(traffic.firstByteTimes()), traffic.backendConnections()),
                traffic.accessLogDropped());
    }

    private static Map<String, Long> refusals(Map<Refusal, Long> all) {
        var occurred = new LinkedHashMap<Refusal, Long>(all);
        occurred.values().removeIf(number -> number == 0);
        return byName(occurred, Refusal::label);
    }

    private static TrafficCounters counters(TrafficStats.Counters counters) {
        var classes = new LinkedHashMap<String, Long>();
        for (var i = 0; i < counters.byStatusClass().size(); i++) {
            classes.put(i + 1 + "xx", counters.byStatusClass().get(i));
        }
        return new TrafficCounters(
                counters.requests(),
                seconds(counters.totalTime()),
                counters.bytesIn(),
                counters.bytesOut(),
                counters.clientAborts(),
                counters.retries(),
                counters.fallbacks(),
                classes);
    }

    private static Map<String, TimesView> times(Map<String, Percentiles> byWindow) {
        var times = new LinkedHashMap<String, TimesView>();
        byWindow.forEach((window, measured) -> times.put(
                window,
                new TimesView(
                        measured.count(),
                        seconds(measured.p50()),
                        seconds(measured.p90()),
                        seconds(measured.p99()),
                        seconds(measured.max()))));
        return times;
    }

    private static <K> Map<String, Long> byName(Map<K, Long> numbers, Function<K, String> name) {
        var named = new LinkedHashMap<String, Long>();
        numbers.forEach((key, number) -> named.put(name.apply(key), number));
        return named;
    }

    static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
