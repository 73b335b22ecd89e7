package io.wunderproxy.proxy.loop;

import io.wunderproxy.proxy.backend.BackendPool;

/**
 * One backend as an event loop sees it.
 *
 * @param pool the loop's connections to it
 * @param terms of the requests that it gets
 */
public record Upstream(BackendPool pool, Terms terms) {}
