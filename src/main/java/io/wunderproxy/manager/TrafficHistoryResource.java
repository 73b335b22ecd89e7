package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.TrafficHistoryView;
import io.wunderproxy.manager.TrafficHistory.Sample;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.proxy.stats.ResponseTimes.Percentiles;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
        var rates = new LinkedHashMap<String, List<Double>>();
        for (var i = 0; i < 5; i++) {
            var statusClass = i;
            rates.put(
                    i + 1 + "xx",
                    column(samples, sample -> Math.round(sample.statusClasses().get(statusClass) * 100) / 100.0));
        }
        var connections = new LinkedHashMap<String, List<Long>>();
        for (var state : ConnectionState.values()) {
            connections.put(state.name().toLowerCase(Locale.ROOT), column(samples, sample -> sample.connections()
                    .getOrDefault(state, 0L)));
        }
        var times = new LinkedHashMap<String, List<Optional<Double>>>();
        times.put("P50", column(samples, sample -> time(sample, Percentiles::p50)));
        times.put("P90", column(samples, sample -> time(sample, Percentiles::p90)));
        times.put("P99", column(samples, sample -> time(sample, Percentiles::p99)));
        return new TrafficHistoryView(
                        history.started().toString(),
                        TrafficHistory.INTERVAL.toSeconds(),
                        column(samples, sample -> sample.at().getEpochSecond()),
                        rates,
                        times,
                        connections)
                .toJson()
                .toString();
    }

    private static <T> List<T> column(List<Sample> samples, Function<Sample, T> value) {
        return samples.stream().map(value).toList();
    }

    private static Optional<Double> time(Sample sample, Function<Percentiles, Duration> value) {
        return sample.times().count() == 0
                ? Optional.empty()
                : Optional.of(TrafficReport.seconds(value.apply(sample.times())));
    }
}
