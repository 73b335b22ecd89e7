package io.wunderproxy.proxy.routing;

/**
 * Where requests go that it is made for: today all of them.
 *
 * @param backends the holder of the backend that is asked, which is looked at by each request
 */
public record Route(AppBackends backends) {}
