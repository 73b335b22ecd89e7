package io.wunderproxy.fleet;

import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * One host of the fleet, as it described itself last.
 *
 * @param id names it; the order of the ids is the ring that neighbours are found in
 * @param manager where commands reach its manager: {@code http://10.0.0.7:8001}, {@code https://...} or {@code unix:/path}
 * @param proxy where other hosts reach its proxy: {@code 10.0.0.7:80}; empty if they can't
 * @param revision what it serves; empty if nothing
 * @param hash the same as the hash of its configuration; empty if nothing
 * @param health {@code starting}, {@code healthy}, {@code unhealthy}, {@code empty} (nothing to serve) or {@code stopping}
 * @param version of its program
 * @param capacity its processors
 * @param since when it started
 * @param seen when it described itself
 * @param interval how often it does that
 */
public record Member(
        String id,
        String manager,
        String proxy,
        String revision,
        String hash,
        String health,
        String version,
        int capacity,
        Instant since,
        Instant seen,
        Duration interval) {

    /** As many descriptions may be missing before a host counts as gone. */
    private static final int MISSING = 3;

    /** How far the clocks of two hosts may differ. */
    static final Duration CLOCK_SKEW = Duration.ofSeconds(10);

    public Member {
        Objects.requireNonNull(id);
        Objects.requireNonNull(manager);
        Objects.requireNonNull(interval);
    }

    /** Whether it described itself lately; one that did not has gone, or can't reach the table. */
    public boolean isFresh(Instant now) {
        return now.isBefore(freshUntil().plus(CLOCK_SKEW));
    }

    Instant freshUntil() {
        return seen.plus(interval.multipliedBy(MISSING));
    }

    /** Its item, but for when that expires. */
    Item item(Partition partition) {
        return partition
                .item(id)
                .with("manager", manager)
                .with("proxy", proxy)
                .with("revision", revision)
                .with("hash", hash)
                .with("health", health)
                .with("version", version)
                .with("capacity", capacity)
                .with("since", since)
                .with("seen", seen)
                .with("interval", interval.toMillis())
                .with("until", freshUntil().toEpochMilli());
    }

    static Member of(Map<String, AttributeValue> item) {
        var seen = Item.time(item, "seen");
        var since = Item.time(item, "since");
        return new Member(
                Item.text(item, Item.SORT),
                Item.text(item, "manager"),
                Item.text(item, "proxy"),
                Item.text(item, "revision"),
                Item.text(item, "hash"),
                Item.text(item, "health"),
                Item.text(item, "version"),
                (int) Item.number(item, "capacity"),
                since == null ? Instant.EPOCH : since,
                seen == null ? Instant.EPOCH : seen,
                Duration.ofMillis(Item.number(item, "interval")));
    }
}
