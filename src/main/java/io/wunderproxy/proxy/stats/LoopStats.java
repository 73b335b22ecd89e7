package io.wunderproxy.proxy.stats;

import io.wunderproxy.proxy.rules.Refusal;
import java.util.List;

/**
 * Counts what passes through one event loop. Only that loop counts here, so that counting costs no more than an addition;
 * {@link TrafficStats} adds up what all loops have counted.
 */
public final class LoopStats {
    static final int FIRST_STATUS = 100;
    static final int LAST_STATUS = 599;
    static final List<String> METHODS = List.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "other");

    // Where each number is.
    static final int TOTAL_NANOS = 0;
    static final int BYTES_IN = 1;
    static final int BYTES_OUT = 2;
    static final int IN_FLIGHT = 3;
    static final int CLIENT_ABORTS = 4;
    static final int RETRIES = 5;
    static final int FALLBACKS = 6;
    static final int BACKEND_OPEN = 7;
    static final int BACKEND_IDLE = 8;
    private static final int BY_STATE = 9;
    private static final int BY_METHOD = BY_STATE + ConnectionState.values().length;
    private static final int BY_REFUSAL = BY_METHOD + METHODS.size();
    private static final int BY_STATUS = BY_REFUSAL + Refusal.values().length;
    private static final int NUMBERS = BY_STATUS + LAST_STATUS - FIRST_STATUS + 1;

    private final Cells numbers = new Cells(NUMBERS);
    private final LoopTimes times;
    private final LoopTimes connectTimes;
    private final LoopTimes firstByteTimes;

    LoopStats(LoopTimes times, LoopTimes connectTimes, LoopTimes firstByteTimes) {
        this.times = times;
        this.connectTimes = connectTimes;
        this.firstByteTimes = firstByteTimes;
    }

    public void requestStarted() {
        numbers.add(IN_FLIGHT, 1);
    }

    /** A request that was counted as started is about to be counted once more, by whoever continues with it. */
    public void requestHandedOver() {
        numbers.add(IN_FLIGHT, -1);
    }

    /** One request has ended; statuses above 599 are counted as 599, those below 100 as 100. */
    public void requestEnded(String method, int status, long nanos, long in, long out) {
        numbers.add(BY_STATUS + Math.clamp(status, FIRST_STATUS, LAST_STATUS) - FIRST_STATUS, 1);
        numbers.add(BY_METHOD + indexOf(method), 1);
        numbers.add(TOTAL_NANOS, nanos);
        numbers.add(BYTES_IN, in);
        numbers.add(BYTES_OUT, out);
        times.record(nanos);
        numbers.add(IN_FLIGHT, -1);
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
        numbers.add(CLIENT_ABORTS, 1);
    }

    public void retried() {
        numbers.add(RETRIES, 1);
    }

    public void fellBack() {
        numbers.add(FALLBACKS, 1);
    }

    /** A request or a connection was not let through, or was cut off. */
    public void refused(Refusal reason) {
        numbers.add(BY_REFUSAL + reason.ordinal(), 1);
    }

    /** A connection to a backend was made. */
    public void connected(long nanos) {
        connectTimes.record(nanos);
    }

    /** A backend has begun to respond. */
    public void responded(long nanos) {
        firstByteTimes.record(nanos);
    }

    public void backendConnectionOpened() {
        numbers.add(BACKEND_OPEN, 1);
    }

    public void backendConnectionClosed() {
        numbers.add(BACKEND_OPEN, -1);
    }

    /** So many connections to backends more are idle now. */
    public void backendConnectionsIdle(int more) {
        numbers.add(BACKEND_IDLE, more);
    }

    public void connectionOpened() {
        numbers.add(BY_STATE + ConnectionState.NEW.ordinal(), 1);
    }

    public void connectionMoved(ConnectionState from, ConnectionState to) {
        numbers.add(BY_STATE + from.ordinal(), -1);
        numbers.add(BY_STATE + to.ordinal(), 1);
    }

    public void connectionClosed(ConnectionState last) {
        numbers.add(BY_STATE + last.ordinal(), -1);
    }

    // ---- for every thread ----

    /** One of the numbers whose places have names here. */
    long number(int place) {
        return numbers.get(place);
    }

    long connections(ConnectionState state) {
        return numbers.get(BY_STATE + state.ordinal());
    }

    /** The number of requests with one of {@link #METHODS}, by its index. */
    long byMethod(int index) {
        return numbers.get(BY_METHOD + index);
    }

    long refusals(Refusal reason) {
        return numbers.get(BY_REFUSAL + reason.ordinal());
    }

    long byStatus(int status) {
        return numbers.get(BY_STATUS + status - FIRST_STATUS);
    }
}
