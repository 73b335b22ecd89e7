package io.wunderproxy.proxy.loop;

/** A request without its whole response. On one event loop. */
public abstract class OpenExchange extends Listed<OpenExchange> {
    /**
     * Ends the exchange if nobody has done anything for too long.
     *
     * @return when to look again at the latest; now, if in a second
     */
    public abstract long look(long now);
}
