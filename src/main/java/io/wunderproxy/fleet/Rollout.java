package io.wunderproxy.fleet;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * One deployment to the fleet, that is, one taking of the deploy lock.
 *
 * @param number the fencing number of the lock under which it began
 * @param previousHash what was promoted before; empty: nothing
 * @param by who did it
 * @param endedAt null while it is unfinished
 * @param message why it ended like that; empty if there is nothing to say
 * @param hosts the outcomes by host, ordered by its name; not written by {@link FleetTable#record(Rollout)}
 */
public record Rollout(
        long number,
        String revision,
        String hash,
        String previousHash,
        String by,
        Instant startedAt,
        Instant endedAt,
        Phase phase,
        String message,
        List<HostOutcome> hosts) {

    public Rollout {
        Objects.requireNonNull(revision);
        Objects.requireNonNull(hash);
        Objects.requireNonNull(previousHash);
        Objects.requireNonNull(by);
        Objects.requireNonNull(startedAt);
        Objects.requireNonNull(phase);
        Objects.requireNonNull(message);
        hosts = List.copyOf(hosts);
    }

    public enum Phase {
        LAUNCHING(false),
        SWITCHING(false),
        PROMOTING(false),
        DONE(true),
        FAILED(true),
        ROLLING_BACK(false),
        ROLLED_BACK(true);

        private final boolean finished;

        Phase(boolean finished) {
            this.finished = finished;
        }

        /** As people read it. */
        public String label() {
            return name().toLowerCase(Locale.ROOT).replace('_', ' ');
        }

        /** Whether nothing of it is left to be done. */
        public boolean isFinished() {
            return finished;
        }
    }
}
