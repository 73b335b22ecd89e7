package io.wunderproxy.health;

import java.time.Duration;
import java.util.Optional;

/** The result of one probe. */
public sealed interface ProbeResult {

    /** Returned 200. */
    record Healthy() implements ProbeResult {}

    /** Nothing listens at that address. */
    record Refused() implements ProbeResult {}

    /** The address did not respond to a connection attempt, or there is no way to it. */
    record Unreachable(String reason) implements ProbeResult {}

    /** The connection was accepted, and then nothing came. */
    record Silent(Duration waited) implements ProbeResult {}

    /** The connection was closed or broken before there was a response. */
    record Broken(String reason) implements ProbeResult {}

    /**
     * Returned something other than 200.
     *
     * @param location where a redirect leads to
     * @param body the first few thousand bytes of the response, on one line
     */
    record WrongStatus(int status, Optional<String> location, String body) implements ProbeResult {}

    /** How much of what an application wrote is quoted. */
    int QUOTED = 200;

    default boolean healthy() {
        return this instanceof Healthy;
    }

    /**
     * Describes the result, as the rest of a sentence that begins with the request. Nothing of it was written by the application but
     * where a redirect leads to, without its query: everybody may read it.
     */
    default String describe() {
        return switch (this) {
            case Healthy() -> "returned 200";
            case Refused() -> "was refused: nothing listens there";
            case Unreachable(var reason) -> "got no connection: " + reason;
            case Silent(var waited) -> "was accepted but got no response within " + waited.toMillis() + " ms";
            case Broken(var reason) -> "got no response: " + reason;
            case WrongStatus(var status, var location, var body) ->
                "returned " + status
                        + location.map(to -> " to " + to.replaceFirst("[?#].*", ""))
                                .orElse("");
        };
    }

    /** The first words of the application, on one line; empty if there are none. */
    default String quote() {
        return this instanceof WrongStatus(var status, var location, var body)
                ? body.substring(0, Math.min(body.length(), QUOTED))
                : "";
    }
}
