package io.wunderproxy.fleet;

import java.time.Instant;
import java.util.Locale;
import java.util.Objects;

/**
 * How far one deployment came on one host.
 *
 * @param number of the {@link Rollout}
 * @param host the id of the member, or its address
 * @param manager where its manager was reached
 * @param previousHash the configuration that it served before; empty: none
 * @param message why, for people; empty if there is nothing to say
 */
public record HostOutcome(
        long number, String host, String manager, String previousHash, State state, String message, Instant at) {

    public HostOutcome {
        Objects.requireNonNull(host);
        Objects.requireNonNull(manager);
        Objects.requireNonNull(previousHash);
        Objects.requireNonNull(state);
        Objects.requireNonNull(message);
        Objects.requireNonNull(at);
    }

    public enum State {
        /** It was told to launch the configuration. */
        LAUNCHING,
        /** The new container is healthy. */
        CONFIRMED,
        /** It serves the new configuration. */
        SWITCHED,
        /** It could not, see the message. */
        FAILED,
        /** It serves what it served before. */
        ROLLED_BACK;

        /** As people read it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }
    }
}
