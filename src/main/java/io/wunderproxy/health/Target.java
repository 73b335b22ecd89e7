package io.wunderproxy.health;

/** Where a container is asked whether it is healthy. */
public sealed interface Target {

    record At(String host, int port) implements Target {}

    /** The engine was asked, and the result is known. */
    record Known(ProbeResult result) implements Target {}

    /**
     * It can't be asked now: while it starts, for example, it has no address yet.
     *
     * @param reason why
     */
    record Nowhere(String reason) implements Target {}
}
