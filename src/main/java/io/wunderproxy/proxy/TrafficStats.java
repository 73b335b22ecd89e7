package io.wunderproxy.proxy;

import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Counts what passes through the proxy. Counters never go back, so that they can be scraped; what happened since the
 * last switch is the difference to what they were then.
 */
@ApplicationScoped
public class TrafficStats {
    /**
     * The counters at one moment.
     *
     * @param requests answered or aborted requests
     * @param totalTime from the head of each request to the end of its answer, added up
     * @param byStatusClass number of requests whose status was 1xx, 2xx, ... 5xx, at index 0 to 4
     * @param clientAborts requests whose client went away before the end of the answer (logged as 499)
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
     */
    public record Snapshot(Counters sinceSwitch, Counters sinceStart, Map<ClientState, Long> connections) {}

    private final LongAdder requests = new LongAdder();
    private final LongAdder totalNanos = new LongAdder();
    private final List<LongAdder> byStatusClass =
            Stream.generate(LongAdder::new).limit(5).toList();
    private final LongAdder clientAborts = new LongAdder();
    private final LongAdder retries = new LongAdder();
    private final LongAdder fallbacks = new LongAdder();
    private final LongAdder bytesIn = new LongAdder();
    private final LongAdder bytesOut = new LongAdder();
    private final Map<ClientState, LongAdder> connections = new EnumMap<>(ClientState.class);
    private volatile Counters atSwitch;

    public TrafficStats() {
        for (var state : ClientState.values()) {
            connections.put(state, new LongAdder());
        }
        atSwitch = counters();
    }

    /** Lets the counters since the switch start at 0. */
    public void reset() {
        atSwitch = counters();
    }

    /** The counters now; those that change meanwhile may be off by the requests that end meanwhile. */
    public Snapshot snapshot() {
        var now = counters();
        var byState = new EnumMap<ClientState, Long>(ClientState.class);
        connections.forEach((state, number) -> byState.put(state, number.sum()));
        return new Snapshot(now.minus(atSwitch), now, Map.copyOf(byState));
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

    /** One request has ended; {@code status} 100 to 599. */
    void requestEnded(int status, long nanos, long in, long out) {
        requests.increment();
        totalNanos.add(nanos);
        byStatusClass.get(status / 100 - 1).increment();
        if (in > 0) {
            bytesIn.add(in);
        }
        if (out > 0) {
            bytesOut.add(out);
        }
    }

    void clientAborted() {
        clientAborts.increment();
    }

    void retried() {
        retries.increment();
    }

    void fellBack() {
        fallbacks.increment();
    }

    void connectionOpened() {
        connections.get(ClientState.NEW).increment();
    }

    void connectionMoved(ClientState from, ClientState to) {
        connections.get(from).decrement();
        connections.get(to).increment();
    }

    void connectionClosed(ClientState last) {
        connections.get(last).decrement();
    }
}
