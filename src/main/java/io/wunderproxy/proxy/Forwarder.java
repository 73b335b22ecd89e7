package io.wunderproxy.proxy;

import io.vertx.core.Handler;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.RoutingContext;

/** Forwards each request that it is given to the active backend. One for each event loop. */
final class Forwarder implements Handler<RoutingContext> {
    private final ProxyWorker worker;

    Forwarder(ProxyWorker worker) {
        this.worker = worker;
    }

    @Override
    public void handle(RoutingContext context) {
        forward(context.request());
    }

    /** Forwards a request that no route can match, such as {@code OPTIONS *}. */
    void forward(HttpServerRequest request) {
        new Exchange(worker, request).start();
    }

    /** Answers a request that could not be read: it is never forwarded, and nothing after it can be trusted. */
    void refuse(HttpServerRequest request) {
        new Exchange(worker, request)
                .refuse(InvalidRequest.answerTo(request.decoderResult().cause()));
    }
}
