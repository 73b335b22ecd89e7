package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.time.Duration;
import java.util.Map;

/** What has passed through the proxy, as {@code /status} shows it. Times are in seconds, sizes in bytes. */
final class TrafficReport {

    private TrafficReport() {}

    static ObjectNode of(TrafficStats.Snapshot traffic) {
        var report = JsonNodeFactory.instance.objectNode();
        report.put("InFlight", traffic.inFlight());
        report.set("SinceSwitch", counters(traffic.sinceSwitch()));
        report.set("SinceStart", counters(traffic.sinceStart()));
        var statuses = report.putObject("Statuses");
        traffic.byStatus().forEach((status, number) -> statuses.put(status.toString(), number));
        var methods = report.putObject("Methods");
        traffic.byMethod().forEach(methods::put);
        var refusals = report.putObject("Refusals");
        traffic.refusals().forEach((reason, number) -> {
            if (number > 0) {
                refusals.put(reason.label(), number);
            }
        });
        report.set("Times", times(traffic.times()));
        var backend = report.putObject("Backend");
        backend.set("ConnectTimes", times(traffic.connectTimes()));
        backend.set("FirstByteTimes", times(traffic.firstByteTimes()));
        var connections = backend.putObject("Connections");
        traffic.backendConnections().forEach(connections::put);
        report.put("AccessLogDropped", traffic.accessLogDropped());
        return report;
    }

    private static ObjectNode counters(TrafficStats.Counters counters) {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Requests", counters.requests())
                .put("TotalTime", seconds(counters.totalTime()))
                .put("BytesIn", counters.bytesIn())
                .put("BytesOut", counters.bytesOut())
                .put("ClientAborts", counters.clientAborts())
                .put("Retries", counters.retries())
                .put("Fallbacks", counters.fallbacks());
        var classes = node.putObject("StatusClasses");
        for (var i = 0; i < counters.byStatusClass().size(); i++) {
            classes.put(i + 1 + "xx", counters.byStatusClass().get(i));
        }
        return node;
    }

    private static ObjectNode times(Map<String, Percentiles> byWindow) {
        var node = JsonNodeFactory.instance.objectNode();
        byWindow.forEach((window, times) -> node.putObject(window)
                .put("Count", times.count())
                .put("P50", seconds(times.p50()))
                .put("P90", seconds(times.p90()))
                .put("P99", seconds(times.p99()))
                .put("Max", seconds(times.max())));
        return node;
    }

    static double seconds(Duration time) {
        return time.toNanos() / 1e9;
    }
}
