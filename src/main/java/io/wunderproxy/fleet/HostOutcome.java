package io.wunderproxy.fleet;

import java.time.Instant;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

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

    Item item(Partition partition) {
        return partition
                .item(Keys.outcome(number, host))
                .with("number", number)
                .with("host", host)
                .with("manager", manager)
                .with("previousHash", previousHash)
                .with("state", state.name())
                .withMessage(message)
                .with("at", at);
    }

    /** @throws IllegalArgumentException if the item can't be understood; also {@link NullPointerException} */
    static HostOutcome of(Map<String, AttributeValue> item) {
        return new HostOutcome(
                Item.number(item, "number"),
                Item.text(item, "host"),
                Item.text(item, "manager"),
                Item.text(item, "previousHash"),
                State.valueOf(Item.text(item, "state")),
                Item.text(item, "message"),
                Item.time(item, "at"));
    }

    public enum State {
        /** It was asked to launch the configuration. */
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
