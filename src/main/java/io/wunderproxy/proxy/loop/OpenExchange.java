package io.wunderproxy.proxy.loop;

/** A request that is not answered yet. On one event loop. */
public interface OpenExchange {
    /** Ends the exchange if nobody has done anything for too long. */
    void checkDeadline(long now);
}
