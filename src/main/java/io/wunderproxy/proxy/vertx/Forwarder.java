package io.wunderproxy.proxy.vertx;

import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.HostAndPort;
import io.wunderproxy.proxy.exchange.LocalResponses;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.Route;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.HeadCheck;
import io.wunderproxy.proxy.rules.RequestRules;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;

/** Forwards each request that it is given to the backend of its route. One for each event loop. */
public final class Forwarder {
    private final ProxyWorker worker;
    /** Null if load balancers can't ask. */
    private final String healthPath;

    public Forwarder(ProxyWorker worker) {
        this.worker = worker;
        healthPath = worker.listener().front().healthPath().orElse(null);
    }

    /** Forwards or redirects a request that may pass. */
    public void forward(HttpServerRequest request, Route route) {
        if (isProbe(request)) {
            respondToProbe(request, route);
            return;
        }
        if (healthPath != null && LocalResponses.isHealth(request.method().name(), request.uri(), healthPath)) {
            respondWithHealth(request, route);
            return;
        }
        var tls = worker.listener().tls();
        if (tls == null || !tls.redirectHttp() || isSecure(request)) {
            new Exchange(worker, request, route).start();
            return;
        }
        var host = hostOf(request);
        if (host.isEmpty()) {
            new Exchange(worker, request, route).refuse(RequestRules.BAD_HOST);
        } else {
            var wanted = worker.termsOf(route.backends()).access().hostOr(host);
            new Exchange(worker, request, route).redirect(secureUrl(wanted, request, tls));
        }
    }

    /** Whether a peer asks about this proxy itself. */
    private boolean isProbe(HttpServerRequest request) {
        if (!LocalResponses.isProbe(request.uri(), new HeaderFields(request.headers()))) {
            return false;
        }
        var known = ClientConnection.of(request.connection(), worker).isPeer();
        if (!known) {
            worker.peers().askedByStranger();
        }
        return known;
    }

    /** Such a question is no traffic: it is neither counted nor logged. */
    private void respondToProbe(HttpServerRequest request, Route route) {
        var response = request.response();
        response.headersEndHandler(end -> ResponseHead.removeLengthOf204(response))
                .setStatusCode(LocalResponses.probeStatus(
                        route.backends().current().isPresent(), worker.gate().isOpen()))
                .putHeader(PeerFallback.HEADER, worker.peers().instanceId())
                .end();
    }

    /** Such a question is no traffic either. */
    private void respondWithHealth(HttpServerRequest request, Route route) {
        var client = ClientConnection.of(request.connection(), worker);
        var health = LocalResponses.health(
                route.backends().current().isPresent(), worker.gate().isOpen(), worker.isDraining());
        var response = request.response();
        client.requestStarted();
        response.endHandler(ended -> client.requestEnded())
                .setStatusCode(health.equals(LocalResponses.HEALTHY) ? 200 : 503)
                .putHeader("Content-Type", "text/plain; charset=utf-8")
                .putHeader("Cache-Control", "no-store");
        if (worker.isDraining() && !client.isHttp2()) {
            response.putHeader("Connection", "close");
        }
        response.end(health + "\n");
    }

    private boolean isSecure(HttpServerRequest request) {
        return LocalResponses.isSecure(
                request.isSSL(),
                ClientConnection.of(request.connection(), worker).isTrusted(),
                new HeaderFields(request.headers()));
    }

    /**
     * Refuses a request that must not be forwarded, because it could not be read or breaks the rules; nothing that
     * comes after it can be trusted.
     *
     * @return false if the request may pass
     */
    public boolean refuse(HttpServerRequest request) {
        var cause = request.decoderResult().cause();
        var refusal = cause == null ? check(request) : InvalidRequest.responseTo(cause);
        if (refusal != null) {
            new Exchange(worker, request, worker.routes().defaultRoute()).refuse(refusal);
        }
        return refusal != null;
    }

    private ErrorResponse check(HttpServerRequest request) {
        var method = request.method().name();
        var fields = new HeaderFields(request.headers());
        return switch (request.version()) {
            case HTTP_1_0 -> HeadCheck.http1(method, request.uri(), 10, fields);
            case HTTP_1_1 -> HeadCheck.http1(method, request.uri(), 11, fields);
            // An authority that is unclear or not valid was taken out as it came.
            case HTTP_2 ->
                HeadCheck.http2(
                        method,
                        request.uri(),
                        fields,
                        request.headers(),
                        request.authority() != null,
                        worker.listener().head());
        };
    }

    /** Without the port; empty if the client names none. */
    private static String hostOf(HttpServerRequest request) {
        var authority = RequestRules.isAbsolute(request.uri())
                ? HostAndPort.parseAuthority(RequestRules.authorityOf(request.uri()), -1)
                : request.authority();
        return authority == null ? "" : authority.host();
    }

    private static String secureUrl(String host, HttpServerRequest request, TlsOptions tls) {
        var port = tls.listen() instanceof ListenAddress.Tcp tcp ? tcp.port() : -1;
        return LocalResponses.secureUrl(host, port, request.uri(), request.method() == HttpMethod.OPTIONS);
    }
}
