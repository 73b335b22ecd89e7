package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.rules.RequestRules;
import io.wunderproxy.proxy.stats.LoopLog;
import io.wunderproxy.proxy.stats.LoopStats;

/** The part of one exchange in the statistics and in the access log: opened with the request, closed exactly once. */
public final class ExchangeAccount {
    private final LoopStats stats;
    private final LoopLog log;
    private final String client;
    private final String method;
    private final String target;
    private final int http;
    private final long started;
    private String host;
    private String requestId;
    private Refusal refusal;
    private boolean closed;

    /**
     * Opens it.
     *
     * @param log null if requests are not logged
     * @param client its IP address; null if it came through a Unix socket
     * @param http the client's version: 10, 11 or 20
     * @param now of {@link System#nanoTime}
     */
    public ExchangeAccount(
            LoopStats stats, LoopLog log, String client, String method, String target, int http, long now) {
        this.stats = stats;
        this.log = log;
        this.client = client;
        this.method = method;
        this.target = target;
        this.http = http;
        started = now;
        stats.requestStarted();
    }

    /** The request is forwarded to a backend. */
    public void forwards(String toHost, String id) {
        host = toHost;
        requestId = id;
    }

    /** The id of a request that is forwarded; null for any other. */
    public String requestId() {
        return requestId;
    }

    /** The proxy itself ends the exchange, for this reason; null if that is none to be counted. */
    public void refused(Refusal reason) {
        refusal = reason;
        if (reason != null) {
            stats.refused(reason);
        }
    }

    /** Why the proxy itself ended the exchange; null if it didn't. */
    public Refusal refusal() {
        return refusal;
    }

    public boolean isClosed() {
        return closed;
    }

    /**
     * Closes it. Does nothing when called again.
     *
     * @param status what the client got; 499 if it went away before
     * @param in body bytes from the client
     * @param out body bytes to the client
     * @param backend where it was sent; null if nowhere
     * @param now of {@link System#nanoTime}
     */
    public void close(int status, long in, long out, Backend backend, long now) {
        if (closed) {
            return;
        }
        closed = true;
        var nanos = now - started;
        stats.requestEnded(method, status, nanos, in, out);
        var record = log == null ? null : log.next();
        if (record != null) {
            record.from(client, method, RequestRules.versionName(http))
                    .asked(target, host, requestId)
                    .ended(System.currentTimeMillis(), status, nanos, in, out, backend, refusal);
            log.add();
        }
    }
}
