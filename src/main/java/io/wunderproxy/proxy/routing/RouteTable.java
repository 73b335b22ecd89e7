package io.wunderproxy.proxy.routing;

import java.util.List;

/**
 * All routes, in the order in which they are tried. It never changes; what a route leads to does, in its holder.
 *
 * @param routes the last one takes whatever no other does
 */
public record RouteTable(List<Route> routes) {

    /** @throws IllegalArgumentException if there is no route */
    public RouteTable {
        if (routes.isEmpty()) {
            throw new IllegalArgumentException("a table needs a default route");
        }
        routes = List.copyOf(routes);
    }

    /** The table of one application, which gets every request. */
    public static RouteTable of(AppBackends backends) {
        return new RouteTable(List.of(new Route(backends)));
    }

    /** Takes what concerns no path, such as {@code OPTIONS *}, and what no other route does. */
    public Route defaultRoute() {
        return routes.getLast();
    }
}
