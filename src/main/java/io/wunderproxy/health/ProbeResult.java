package io.wunderproxy.health;

import java.time.Duration;
import java.util.Optional;

/** The result of one probe. */
public sealed interface ProbeResult {

    /** How much is quoted of what an application wrote. */
    int QUOTED = 200;

    /**
     * It is healthy.
     *
     * @param finding the good response
     */
    record Healthy(String finding) implements ProbeResult {

        /** Returned 200. */
        public Healthy() {
            this("returned 200");
        }
    }

    /** Nothing listens at that address. */
    record Refused() implements ProbeResult {}

    /** The address did not respond to a connection attempt, or there is no way to it. */
    record Unreachable(String reason) implements ProbeResult {}

    /** The connection was accepted, and then nothing came. */
    record Silent(Duration waited) implements ProbeResult {}

    /** The connection was closed or broken before there was a response. */
    record Broken(String reason) implements ProbeResult {}

    /**
     * Returned a status that is not good.
     *
     * @param location where a redirect leads to
     * @param body the first bytes of the response, on one line
     */
    record WrongStatus(int status, Optional<String> location, String body) implements ProbeResult {}

    /**
     * Responded, by other means than a status of HTTP, that it is not healthy.
     *
     * @param finding the response in words of this program
     * @param words those of the application, on one line; empty if there are none
     */
    record NotServing(String finding, String words) implements ProbeResult {}

    /** It can't become healthy, however long one waits. */
    record Never(String finding) implements ProbeResult {}

    default boolean healthy() {
        return this instanceof Healthy;
    }

    /** Whether nothing responded, as when an application hangs. */
    default boolean unresponsive() {
        return switch (this) {
            case Refused _, Unreachable _, Silent _, Broken _ -> true;
            case Healthy _, WrongStatus _, NotServing _, Never _ -> false;
        };
    }

    /**
     * Describes the result, as the rest of a sentence that begins with the question. Nothing of it was written by the application but
     * where a redirect leads to, without its query: everybody may read it.
     */
    default String describe() {
        return switch (this) {
            case Healthy(var finding) -> finding;
            case Refused() -> "was refused: nothing listens there";
            case Unreachable(var reason) -> "got no connection: " + reason;
            case Silent(var waited) -> "was accepted but got no response within " + waited.toMillis() + " ms";
            case Broken(var reason) -> "got no response: " + reason;
            case WrongStatus(var status, var location, var body) ->
                "returned " + status
                        + location.map(to -> " to " + to.replaceFirst("[?#].*", ""))
                                .orElse("");
            case NotServing(var finding, var words) -> finding;
            case Never(var finding) -> finding;
        };
    }

    /** The first words of the application, on one line; empty if there are none. */
    default String quote() {
        var words =
                switch (this) {
                    case WrongStatus(var status, var location, var body) -> body;
                    case NotServing(var finding, var said) -> said;
                    default -> "";
                };
        return words.substring(0, Math.min(words.length(), QUOTED));
    }
}
