package io.wunderproxy.proxy.stats;

import io.wunderproxy.proxy.rules.Refusal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Sums up what passes through the proxy, which each of its event loops counts by itself, see {@link #forLoop}. Counters never go
 * back, so that they can be scraped; what happened since the last switch is the difference to what they were then.
 */
public class TrafficStats {
    /**
     * The counters at one moment.
     *
     * @param requests requests that got their response or were aborted
     * @param totalTime from the head of each request to the end of its response, added up
     * @param byStatusClass number of requests whose status was 1xx, 2xx, ... 5xx, at index 0 to 4
     * @param clientAborts requests whose client went away before the end of the response (logged as 499)
     * @param retries requests that were sent again on a fresh connection
     * @param fallbacks requests that were sent to a peer
     * @param bytesIn body bytes from clients
     * @param bytesOut body bytes to clients
     */
    public record Counters(
            long requests,
            Duration totalTime,
            List<Long> byStatusClass,
            long clientAborts,
            long retries,
            long fallbacks,
            long bytesIn,
            long bytesOut) {

        private Counters minus(Counters earlier) {
            return new Counters(
                    requests - earlier.requests,
                    totalTime.minus(earlier.totalTime),
                    IntStream.range(0, byStatusClass.size())
                            .mapToObj(i -> byStatusClass.get(i) - earlier.byStatusClass.get(i))
                            .toList(),
                    clientAborts - earlier.clientAborts,
                    retries - earlier.retries,
                    fallbacks - earlier.fallbacks,
                    bytesIn - earlier.bytesIn,
                    bytesOut - earlier.bytesOut);
        }
    }

    /**
     * Everything an operator is shown.
     *
     * @param sinceSwitch the counters since the last {@link #reset}
     * @param sinceStart the counters since the proxy started
     * @param connections open client connections by state; every state is there
     * @param byStatus number of requests by status code, since the start; only those that occurred
     * @param byMethod number of requests by method, since the start; only those that occurred
     * @param refusals number of requests and connections that the proxy itself refused or cut off, since the start; all
     *     reasons are there
     * @param inFlight requests that are open now
     * @param backendConnections open connections to backends: {@code active} and {@code idle}
     * @param times how long requests took, as percentiles by window: {@code switch}, {@code 1m}, {@code 5m}, {@code 60m}
     * @param connectTimes how long connecting to a backend took, alike
     * @param firstByteTimes from the head of a request to the backend until its response began, alike
     * @param accessLogDropped requests that are missing in the access log
     */
    public record Snapshot(
            Counters sinceSwitch,
            Counters sinceStart,
            Map<ConnectionState, Long> connections,
            Map<Integer, Long> byStatus,
            Map<String, Long> byMethod,
            Map<Refusal, Long> refusals,
            long inFlight,
            Map<String, Long> backendConnections,
            Map<String, ResponseTimes.Percentiles> times,
            Map<String, ResponseTimes.Percentiles> connectTimes,
            Map<String, ResponseTimes.Percentiles> firstByteTimes,
            long accessLogDropped) {}

    private final List<LoopStats> loops = new CopyOnWriteArrayList<>();
    private final ResponseTimes times;
    private final ResponseTimes connectTimes;
    private final ResponseTimes firstByteTimes;
    private final FrontNotice front;
    private volatile LongSupplier accessLogDropped = () -> 0;
    private volatile Counters atSwitch;

    public TrafficStats() {
        this(System::nanoTime);
    }

    TrafficStats(LongSupplier nanoTime) {
        front = new FrontNotice(nanoTime);
        times = new ResponseTimes(nanoTime);
        connectTimes = new ResponseTimes(nanoTime);
        firstByteTimes = new ResponseTimes(nanoTime);
        atSwitch = counters();
    }

    /**
     * Where one event loop counts, or anybody else on a thread of their own: only one thread may count there. What was counted
     * stays in the sums when the loop ends.
     */
    public LoopStats forLoop() {
        var loop = new LoopStats(times.forLoop(), connectTimes.forLoop(), firstByteTimes.forLoop());
        loops.add(loop);
        return loop;
    }

    /** Whether connections of a load balancer are refused because of the PROXY protocol. */
    public FrontNotice front() {
        return front;
    }

    /** Lets the counters since the switch start at 0. */
    public void reset() {
        atSwitch = counters();
        times.reset();
        connectTimes.reset();
        firstByteTimes.reset();
    }

    /** Lets {@link #timesSinceMark} start anew; nobody but who judges the traffic does so. */
    public void mark() {
        times.mark();
    }

    /** How long requests took since the last {@link #mark} or {@link #reset}. */
    public ResponseTimes.Percentiles timesSinceMark() {
        return times.sinceMark();
    }

    /** Lets time pass; to be called every second or so, by one thread that may wait. */
    public void tick() {
        times.tick();
        connectTimes.tick();
        firstByteTimes.tick();
    }

    /** The counters now; those that change meanwhile may be off by the requests that end meanwhile. */
    public Snapshot snapshot() {
        // First, so that a switch meanwhile makes no difference negative.
        var before = atSwitch;
        var byStatus = byStatus();
        var now = counters(byStatus);
        var byState = new EnumMap<ConnectionState, Long>(ConnectionState.class);
        for (var state : ConnectionState.values()) {
            byState.put(state, sum(loop -> loop.connections(state)));
        }
        var methods = new LinkedHashMap<String, Long>();
        for (var i = 0; i < LoopStats.METHODS.size(); i++) {
            var method = i;
            var number = sum(loop -> loop.byMethod(method));
            if (number > 0) {
                methods.put(LoopStats.METHODS.get(i), number);
            }
        }
        var reasons = new EnumMap<Refusal, Long>(Refusal.class);
        for (var reason : Refusal.values()) {
            reasons.put(reason, sum(loop -> loop.refusals(reason)));
        }
        var idle = sum(LoopStats.BACKEND_IDLE);
        var backends = new LinkedHashMap<String, Long>();
        backends.put("active", Math.max(0, sum(LoopStats.BACKEND_OPEN) - idle));
        backends.put("idle", idle);
        return new Snapshot(
                now.minus(before),
                now,
                byState,
                byStatus,
                methods,
                reasons,
                sum(LoopStats.IN_FLIGHT),
                backends,
                times.percentiles(),
                connectTimes.percentiles(),
                firstByteTimes.percentiles(),
                accessLogDropped.getAsLong());
    }

    private long sum(int place) {
        return sum(loop -> loop.number(place));
    }

    private long sum(ToLongFunction<LoopStats> number) {
        var sum = 0L;
        for (var loop : loops) {
            sum += number.applyAsLong(loop);
        }
        return sum;
    }

    /** Only the statuses that have occurred. */
    private Map<Integer, Long> byStatus() {
        var byStatus = new TreeMap<Integer, Long>();
        for (var i = LoopStats.FIRST_STATUS; i <= LoopStats.LAST_STATUS; i++) {
            var status = i;
            var number = sum(loop -> loop.byStatus(status));
            if (number > 0) {
                byStatus.put(status, number);
            }
        }
        return byStatus;
    }

    private Counters counters() {
        return counters(byStatus());
    }

    private Counters counters(Map<Integer, Long> byStatus) {
        var byClass = new long[5];
        byStatus.forEach((status, number) -> byClass[status / 100 - 1] += number);
        return new Counters(
                LongStream.of(byClass).sum(),
                Duration.ofNanos(sum(LoopStats.TOTAL_NANOS)),
                LongStream.of(byClass).boxed().toList(),
                sum(LoopStats.CLIENT_ABORTS),
                sum(LoopStats.RETRIES),
                sum(LoopStats.FALLBACKS),
                sum(LoopStats.BYTES_IN),
                sum(LoopStats.BYTES_OUT));
    }

    public void accessLogDropped(LongSupplier number) {
        accessLogDropped = number;
    }
}
