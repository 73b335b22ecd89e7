package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.ResponseHeaderPlan;
import java.util.Arrays;

/** Shared by the lean lanes of one event loop: tables that are filled anew for each message, and what the options decide. */
public final class LeanLoop {
    final ProxyWorker worker;
    final AppBackends backends;
    final HeadTable request;
    final HeadTable response;
    final TableFields fields;
    final HeadWriter writer = new HeadWriter();
    /** The line that tells browsers to come through TLS only; null if there is none. */
    final byte[] hsts;

    /** Requests that were begun here, and how many of them the general lane has completed. */
    long begun;

    long handedOver;

    /** The path that is no request for the application; null if there is none. */
    private final byte[] healthPath;

    private final boolean enabled;
    private final boolean onlyTls;

    public LeanLoop(ProxyWorker worker) {
        this.worker = worker;
        backends = worker.routes().defaultRoute().backends();
        var tls = worker.listener().tls();
        onlyTls = tls != null && tls.redirectHttp();
        hsts = tls == null || tls.hsts().isZero()
                ? null
                : (Header.STRICT_TRANSPORT_SECURITY.text() + ": " + ResponseHeaderPlan.hsts(tls.hsts()) + "\r\n")
                        .getBytes(US_ASCII);
        healthPath = worker.listener()
                .front()
                .healthPath()
                .map(path -> path.getBytes(US_ASCII))
                .orElse(null);
        var names = new NameRules(worker.reservedHeaders(), worker.headers().underscores());
        request = new HeadTable(names);
        response = new HeadTable(names);
        fields = new TableFields(request);
        enabled = worker.routes().routes().size() == 1;
    }

    /** Requests that were begun and completed here. */
    public long completed() {
        return begun - handedOver;
    }

    /** Whether the proxy itself is asked for its health, or for what begins like that, which the general lane tells apart. */
    boolean asksForHealth(HeadTable head) {
        if (healthPath == null || head.targetEnd - head.methodEnd - 1 < healthPath.length) {
            return false;
        }
        return Arrays.equals(
                healthPath,
                0,
                healthPath.length,
                head.bytes,
                head.methodEnd + 1,
                head.methodEnd + 1 + healthPath.length);
    }

    /** Whether requests to the revision that serves now may take this lane, as far as that tells. */
    boolean takesNow() {
        return worker.termsOf(backends).isPlain();
    }

    /** Whether requests of such a connection may take this lane. */
    public boolean takes(boolean tls) {
        return enabled && (tls || !onlyTls);
    }
}
