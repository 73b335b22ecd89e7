package io.wunderproxy.proxy.vertx;

import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.net.HostAndPort;
import io.wunderproxy.proxy.loop.ProxyWorker;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.Route;
import io.wunderproxy.proxy.rules.ErrorAnswer;
import io.wunderproxy.proxy.rules.RequestRules;
import io.wunderproxy.proxy.tls.TlsOptions;
import io.wunderproxy.proxy.transport.ListenAddress;

/** Forwards each request that it is given to the backend of its route. One for each event loop. */
public final class Forwarder {
    private static final int HTTPS = 443;

    private final ProxyWorker worker;

    public Forwarder(ProxyWorker worker) {
        this.worker = worker;
    }

    /** Forwards or redirects a request that may pass. */
    public void forward(HttpServerRequest request, Route route) {
        if (isProbe(request)) {
            answerProbe(request, route);
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
            new Exchange(worker, request, route).redirect(secureUrl(host, request, tls));
        }
    }

    /** Whether a peer asks about this proxy itself (RFC 9110, section 9.3.7). */
    private boolean isProbe(HttpServerRequest request) {
        if (!request.uri().equals("*") || !request.headers().contains(PeerFallback.HEADER)) {
            return false;
        }
        var known = ClientConnection.of(request.connection(), worker).isPeer();
        if (!known) {
            worker.peers().askedByStranger();
        }
        return known;
    }

    /** Such a question is no traffic: it is neither counted nor logged. */
    private void answerProbe(HttpServerRequest request, Route route) {
        var ready = route.backends().current().isPresent() && worker.gate().isOpen();
        var response = request.response();
        response.headersEndHandler(end -> AnswerHead.removeLengthOf204(response))
                .setStatusCode(ready ? 204 : 503)
                .putHeader(PeerFallback.HEADER, worker.peers().instanceId())
                .end();
    }

    /** Whether the client speaks TLS, with this proxy or with one in front, to which a redirect would be a loop. */
    private boolean isSecure(HttpServerRequest request) {
        return request.isSSL()
                || ClientConnection.of(request.connection(), worker).isTrusted()
                        && "https".equalsIgnoreCase(request.headers().get("X-Forwarded-Proto"));
    }

    /**
     * Answers a request that must not be forwarded, because it could not be read or breaks the rules; nothing that
     * comes after it can be trusted.
     *
     * @return false if the request may pass
     */
    public boolean refuse(HttpServerRequest request) {
        var cause = request.decoderResult().cause();
        var refusal = cause == null ? check(request) : InvalidRequest.answerTo(cause);
        if (refusal != null) {
            new Exchange(worker, request, worker.routes().defaultRoute()).refuse(refusal);
        }
        return refusal != null;
    }

    private ErrorAnswer check(HttpServerRequest request) {
        var method = request.method().name();
        var refusal = RequestRules.checkMethod(method);
        if (refusal == null) {
            refusal = RequestRules.checkTarget(
                    request.uri(), method.equals("OPTIONS"), request.version() == HttpVersion.HTTP_2);
        }
        var headers = request.headers();
        if (refusal == null && headers.contains(HttpHeaders.CONTENT_LENGTH)) {
            refusal = RequestRules.checkContentLength(headers.getAll(HttpHeaders.CONTENT_LENGTH));
        }
        if (refusal == null && request.version() == HttpVersion.HTTP_2) {
            refusal = checkBinary(request);
        } else if (refusal == null) {
            if (headers.contains(HttpHeaders.TRANSFER_ENCODING)) {
                refusal = RequestRules.checkTransferEncoding(headers.getAll(HttpHeaders.TRANSFER_ENCODING));
            }
            if (refusal == null) {
                refusal = RequestRules.checkHost(
                        headers.getAll(HttpHeaders.HOST), request.version() == HttpVersion.HTTP_1_1);
            }
        }
        return refusal;
    }

    /** HTTP/2 can carry in a field what would be several lines of HTTP/1.1, where the decoder refuses it. */
    private ErrorAnswer checkBinary(HttpServerRequest request) {
        if (request.uri().length() > worker.listener().head().line()) {
            return RequestRules.LINE_TOO_LONG;
        }
        var headers = 0;
        var cookies = 0;
        for (var header : request.headers()) {
            var refusal = RequestRules.checkHeader(header.getKey(), header.getValue());
            if (refusal != null) {
                return refusal;
            }
            // Browsers send each cookie for itself, which becomes one line again.
            if (header.getKey().equals("cookie") && cookies++ > 0) {
                continue;
            }
            if (++headers > worker.listener().head().fields()) {
                return RequestRules.HEAD_TOO_LARGE;
            }
        }
        // One that is unclear or not valid was taken out as it came.
        return request.authority() == null ? RequestRules.BAD_HOST : null;
    }

    /** Without the port; empty if the client names none. */
    private static String hostOf(HttpServerRequest request) {
        var authority = RequestRules.isAbsolute(request.uri())
                ? HostAndPort.parseAuthority(RequestRules.authorityOf(request.uri()), -1)
                : request.authority();
        return authority == null ? "" : authority.host();
    }

    private static String secureUrl(String host, HttpServerRequest request, TlsOptions tls) {
        var port = tls.listen() instanceof ListenAddress.Tcp tcp && tcp.port() != HTTPS ? ":" + tcp.port() : "";
        var uri = request.uri();
        var target =
                RequestRules.isAbsolute(uri) ? RequestRules.targetOf(uri, request.method() == HttpMethod.OPTIONS) : uri;
        // The URL of the server as a whole has no path.
        return "https://" + host + port + (target.equals("*") ? "" : target);
    }
}
