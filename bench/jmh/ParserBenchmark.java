package io.wunderproxy.proxy.lean;

import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** What the lean lane takes for one head: {@code ParserBenchmark forks iterations seconds}. Each reading includes the copy of the bytes. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ParserBenchmark {
    private static final Map<String, byte[]> HEADS = Map.of(
            "readSmallRequest", HeadWork.SMALL_REQUEST,
            "readBrowserRequest", HeadWork.BROWSER_REQUEST,
            "readResponse", HeadWork.RESPONSE,
            "writeBrowserRequest", HeadWork.BROWSER_REQUEST);

    private final HeadWork work = new HeadWork();
    private final HeadWork filled = new HeadWork();

    @Setup
    public void fill() {
        filled.readRequest(HeadWork.BROWSER_REQUEST);
    }

    @Benchmark
    public int readSmallRequest() {
        return work.readRequest(HeadWork.SMALL_REQUEST);
    }

    @Benchmark
    public int readBrowserRequest() {
        return work.readRequest(HeadWork.BROWSER_REQUEST);
    }

    @Benchmark
    public int readResponse() {
        return work.readResponse(HeadWork.RESPONSE);
    }

    @Benchmark
    public int writeBrowserRequest() {
        return filled.write();
    }

    public static void main(String[] arguments) throws Exception {
        var time = TimeValue.seconds(Long.parseLong(arguments[2]));
        var options = new OptionsBuilder()
                .include(ParserBenchmark.class.getName())
                .addProfiler(GCProfiler.class)
                .forks(Integer.parseInt(arguments[0]))
                .warmupIterations(3)
                .warmupTime(time)
                .measurementIterations(Integer.parseInt(arguments[1]))
                .measurementTime(time)
                .build();
        var results = new Runner(options).run();
        System.out.printf("%n%-22s %7s %9s %9s %7s %14s%n", "", "bytes", "ns", "+-", "GB/s", "B allocated");
        for (var result : results) {
            var primary = result.getPrimaryResult();
            var allocated = result.getSecondaryResults().get("gc.alloc.rate.norm");
            var bytes = HEADS.get(primary.getLabel()).length;
            System.out.printf(
                    Locale.ROOT,
                    "%-22s %7d %9.1f %9.1f %7.2f %14.3f%n",
                    primary.getLabel(),
                    bytes,
                    primary.getScore(),
                    primary.getScoreError(),
                    bytes / primary.getScore(),
                    allocated == null ? Double.NaN : allocated.getScore());
        }
    }
}
