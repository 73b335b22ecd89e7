package io.wunderproxy.proxy.vertx;

import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.wunderproxy.proxy.routing.Route;
import io.wunderproxy.proxy.routing.RouteTable;
import org.jboss.logging.Logger;

/**
 * Gives each request that may pass to the forwarder, with its route. One for each event loop.
 *
 * <p>The router only chooses: it reads no body, sends no response by itself, and the forwarder gets the request as the server made it,
 * since it needs more of it than what the router shows.
 */
public final class RequestRouter implements Handler<HttpServerRequest> {
    private static final Logger LOG = Logger.getLogger(RequestRouter.class);

    private final Forwarder forwarder;
    private final Route defaultRoute;
    private final Router router;
    /** The request that is being routed, which is done before the loop does anything else. */
    private HttpServerRequest current;

    public RequestRouter(Vertx vertx, RouteTable table, Forwarder forwarder) {
        this.forwarder = forwarder;
        defaultRoute = table.defaultRoute();
        router = Router.router(vertx);
        for (var route : table.routes()) {
            router.route().handler(context -> forward(route)).failureHandler(this::failed);
        }
    }

    @Override
    public void handle(HttpServerRequest request) {
        if (forwarder.refuse(request)) {
            return;
        }
        current = request;
        router.handle(request);
    }

    private void forward(Route route) {
        var request = current;
        current = null;
        forwarder.forward(request, route);
    }

    /**
     * Forwards requests that the router itself has no place for: {@code OPTIONS *}, and hosts that it doesn't understand. A mistake of
     * this program before there is an exchange gets no response, as one after that.
     */
    private void failed(RoutingContext context) {
        var mistake = context.failure();
        if (current != null) {
            try {
                forward(defaultRoute);
                return;
            } catch (RuntimeException e) {
                mistake = e;
            }
        }
        LOG.error("unexpected error before a request was forwarded (please report)", mistake);
        context.request().connection().close();
    }
}
