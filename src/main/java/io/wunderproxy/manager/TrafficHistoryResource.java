package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.manager.TrafficHistory.Sample;
import io.wunderproxy.proxy.stats.ClientState;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** The last hour's traffic, to be drawn: a column for each line of a chart. Times are in seconds. */
@Path("/traffic")
@RunOnVirtualThread
public class TrafficHistoryResource {

    private final TrafficHistory history;

    TrafficHistoryResource(TrafficHistory history) {
        this.history = history;
    }

    /** Percentiles are null where no request ended in the minute before. */
    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public String traffic() {
        var samples = history.samples();
        var report = JsonNodeFactory.instance.objectNode();
        report.put("Started", history.started().toString());
        report.put("Interval", TrafficHistory.INTERVAL.toSeconds());
        var times = report.putArray("Time");
        samples.forEach(sample -> times.add(sample.at().getEpochSecond()));
        var rates = report.putObject("RequestsPerSecond");
        for (var i = 0; i < 5; i++) {
            var statusClass = i;
            var column = rates.putArray(i + 1 + "xx");
            samples.forEach(
                    sample -> column.add(Math.round(sample.statusClasses().get(statusClass) * 100) / 100.0));
        }
        var percentiles = report.putObject("ResponseTimes");
        fill(percentiles.putArray("P50"), samples, Percentiles::p50);
        fill(percentiles.putArray("P90"), samples, Percentiles::p90);
        fill(percentiles.putArray("P99"), samples, Percentiles::p99);
        var connections = report.putObject("Connections");
        for (var state : ClientState.values()) {
            var column = connections.putArray(state.name().toLowerCase(Locale.ROOT));
            samples.forEach(sample -> column.add(sample.connections().getOrDefault(state, 0L)));
        }
        return report.toString();
    }

    private static void fill(ArrayNode column, List<Sample> samples, Function<Percentiles, Duration> value) {
        for (var sample : samples) {
            if (sample.times().count() == 0) {
                column.addNull();
            } else {
                column.add(TrafficReport.seconds(value.apply(sample.times())));
            }
        }
    }
}
