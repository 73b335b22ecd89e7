package io.wunderproxy.proxy.stats;

import io.wunderproxy.proxy.rules.Refusal;
import java.time.Duration;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Counts what passes through the proxy. Counters never go back, so that they can be scraped; what happened since the
 * last switch is the difference to what they were then.
 */
public class TrafficStats {
    /**
     * The counters at one moment.
     *
     * @param requests answered or aborted requests
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
     * @param inFlight requests that are being answered now
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

    private static final int STATUSES = 600;
    private static final List<String> METHODS =
            List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other");

    private final LongAdder requests = new LongAdder();
    private final LongAdder totalNanos = new LongAdder();
    private final List<LongAdder> byStatusClass =
            Stream.generate(LongAdder::new).limit(5).toList();
    private final LongAdder clientAborts = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder fallbacks = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final Map<ConnectionState, LongAdder> connections = new EnumMap<>(ConnectionState.class);
    private final AtomicLongArray byStatus = new AtomicLongArray(STATUSES);
    private final List<LongAdder> byMethod =
            Stream.generate(LongAdder::new).limit(METHODS.size()).toList();
    private final Map<Refusal, LongAdder> refusals = new EnumMap<>(Refusal.class);
    private final LongAdder inFlight = new LongAdder();
    private final LongAdder backendOpen = new LongAdder();
    private final LongAdder backendIdle = new LongAdder();
    private final ResponseTimes times;
    private final ResponseTimes connectTimes;
    private final ResponseTimes firstByteTimes;
    private volatile LongSupplier accessLogDropped = () -> 0;
    private volatile Counters atSwitch;

    public TrafficStats() {
        this(System::nanoTime);
    }

    TrafficStats(LongSupplier nanoTime) {
        times = new ResponseTimes(nanoTime);
        connectTimes = new ResponseTimes(nanoTime);
        firstByteTimes = new ResponseTimes(nanoTime);
        for (var reason : Refusal.values()) {
            refusals.put(reason, new LongAdder());
        }
        for (var state : ConnectionState.values()) {
            connections.put(state, new LongAdder());
        }
        atSwitch = counters();
    }

    /** Lets the counters since the switch start at 0. */
    public void reset() {
        atSwitch = counters();
        times.reset();
        connectTimes.reset();
        firstByteTimes.reset();
    }

    /** Lets time pass; to be called every second or so. */
    public void tick() {
        times.tick();
        connectTimes.tick();
        firstByteTimes.tick();
    }

    /** The counters now; those that change meanwhile may be off by the requests that end meanwhile. */
    public Snapshot snapshot() {
        var now = counters();
        var byState = new EnumMap<ConnectionState, Long>(ConnectionState.class);
        connections.forEach((state, number) -> byState.put(state, number.sum()));
        var statuses = new TreeMap<Integer, Long>();
        for (var status = 100; status < STATUSES; status++) {
            if (byStatus.get(status) > 0) {
                statuses.put(status, byStatus.get(status));
            }
        }
        var methods = new LinkedHashMap<String, Long>();
        for (var i = 0; i < METHODS.size(); i++) {
            if (byMethod.get(i).sum() > 0) {
                methods.put(METHODS.get(i), byMethod.get(i).sum());
            }
        }
        var reasons = new EnumMap<Refusal, Long>(Refusal.class);
        refusals.forEach((reason, number) -> reasons.put(reason, number.sum()));
        var idle = backendIdle.sum();
        var backends = new LinkedHashMap<String, Long>();
        backends.put("active", Math.max(0, backendOpen.sum() - idle));
        backends.put("idle", idle);
        return new Snapshot(
                now.minus(atSwitch),
                now,
                byState,
                statuses,
                methods,
                reasons,
                inFlight.sum(),
                backends,
                times.percentiles(),
                connectTimes.percentiles(),
                firstByteTimes.percentiles(),
                accessLogDropped.getAsLong());
    }

    private Counters counters() {
        return new Counters(
                requests.sum(),
                Duration.ofNanos(totalNanos.sum()),
                byStatusClass.stream().map(LongAdder::sum).toList(),
                clientAborts.sum(),
                retries.sum(),
                fallbacks.sum(),
                bytesIn.sum(),
                bytesOut.sum());
    }

    public void requestStarted() {
        inFlight.increment();
    }

    /** One request has ended; statuses above 599 are counted as 599. */
    public void requestEnded(String method, int status, long nanos, long in, long out) {
        requests.increment();
        inFlight.decrement();
        var counted = Math.min(status, STATUSES - 1);
        byStatus.incrementAndGet(counted);
        byMethod.get(indexOf(method)).increment();
        times.record(nanos);
        totalNanos.add(nanos);
        byStatusClass.get(counted / 100 - 1).increment();
        if (in > 0) {
            bytesIn.add(in);
        }
        if (out > 0) {
            bytesOut.add(out);
        }
    }

    /** Clients may invent any number of methods; these are counted together. */
    private static int indexOf(String method) {
        return switch (method) {
            case "GET" -> 0;
            case "HEAD" -> 1;
            case "POST" -> 2;
            case "PUT" -> 3;
            case "PATCH" -> 4;
            case "DELETE" -> 5;
            case "OPTIONS" -> 6;
            default -> 7;
        };
    }

    public void clientAborted() {
        clientAborts.increment();
    }

    public void retried() {
        retries.increment();
    }

    public void fellBack() {
        fallbacks.increment();
    }

    /** A request or a connection was not let through, or was cut off. */
    public void refused(Refusal reason) {
        refusals.get(reason).increment();
    }

    /** A connection to a backend was made. */
    public void connected(long nanos) {
        connectTimes.record(nanos);
    }

    /** A backend has begun to answer. */
    public void answered(long nanos) {
        firstByteTimes.record(nanos);
    }

    public void backendConnectionOpened() {
        backendOpen.increment();
    }

    public void backendConnectionClosed() {
        backendOpen.decrement();
    }

    /** So many connections to backends more are idle now. */
    public void backendConnectionsIdle(int more) {
        backendIdle.add(more);
    }

    public void accessLogDropped(LongSupplier number) {
        accessLogDropped = number;
    }

    public void connectionOpened() {
        connections.get(ConnectionState.NEW).increment();
    }

    public void connectionMoved(ConnectionState from, ConnectionState to) {
        connections.get(from).decrement();
        connections.get(to).increment();
    }

    public void connectionClosed(ConnectionState last) {
        connections.get(last).decrement();
    }
}
