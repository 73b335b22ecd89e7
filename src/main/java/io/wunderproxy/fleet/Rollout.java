package io.wunderproxy.fleet;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * One deployment to the fleet, that is, one taking of the deploy lock.
 *
 * @param number the fencing number of the lock under which it began
 * @param previousHash what was promoted before; empty: nothing
 * @param by who did it
 * @param endedAt null while it is unfinished
 * @param message why it ended like that; empty if there is nothing to say
 * @param hosts the outcomes by host, ordered by its name; not written by {@link LedgerWriter#record(Rollout)}
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

    /** Its item, without its hosts. */
    Item item(Partition partition) {
        var item = partition
                .item(Keys.rollout(number))
                .with("number", number)
                .with("revision", revision)
                .with("hash", hash)
                .with("previousHash", previousHash)
                .with("by", by)
                .with("startedAt", startedAt)
                .with("phase", phase.name())
                .withMessage(message);
        return endedAt == null ? item : item.with("endedAt", endedAt);
    }

    /**
     * @param hosts the outcomes by host, in any order
     * @throws IllegalArgumentException if the item can't be understood; also {@link NullPointerException}
     */
    static Rollout of(Map<String, AttributeValue> item, List<HostOutcome> hosts) {
        return new Rollout(
                Item.number(item, "number"),
                Item.text(item, "revision"),
                Item.text(item, "hash"),
                Item.text(item, "previousHash"),
                Item.text(item, "by"),
                Item.time(item, "startedAt"),
                Item.time(item, "endedAt"),
                Phase.valueOf(Item.text(item, "phase")),
                Item.text(item, "message"),
                hosts.stream().sorted(Comparator.comparing(HostOutcome::host)).toList());
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
