package io.wunderproxy.proxy;

import java.util.concurrent.atomic.AtomicReference;

/** A way in which the proxy reads requests and writes responses. All must behave alike, so the tests of behaviour run on each. */
public enum Lane {
    /** HTTP/1.x and HTTP/2 over Vert.x. */
    VERTX,
    /** Plain requests of HTTP/1.1 as bytes, and all others over Vert.x: as in production. */
    LEAN;

    private static final AtomicReference<Lane> CURRENT = new AtomicReference<>(LEAN);

    /** The lane that proxies are started with now. */
    static Lane current() {
        return CURRENT.get();
    }

    void use() {
        CURRENT.set(this);
    }
}
