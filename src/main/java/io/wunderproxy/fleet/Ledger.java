package io.wunderproxy.fleet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Reads the rollouts of one fleet; {@link DeployLock#ledger} writes them. Calls block for at most some
 * seconds. From any thread.
 */
public final class Ledger {

    private final Partition partition;
    private final String fleet;

    Ledger(Partition partition, String fleet) {
        this.partition = partition;
        this.fleet = fleet;
    }

    /** The newest deployment with its outcomes by host; empty if there is none in the ledger. */
    public Optional<Rollout> last() throws FleetException {
        return rollouts(1).stream().findFirst();
    }

    /** The newest deployments with their outcomes by host, the newest first. */
    public List<Rollout> rollouts(int atMost) throws FleetException {
        var rollouts = new ArrayList<Rollout>();
        var hosts = new ArrayList<HostOutcome>();
        var query = partition.query().consistentRead(true).scanIndexForward(false);
        Map<String, AttributeValue> last = null;
        do {
            var page = partition.ask("cannot read the ledger of the fleet " + fleet, query.exclusiveStartKey(last));
            for (var item : page.items()) {
                // Backwards, the hosts of a deployment come before it.
                if (Keys.isOutcome(Item.text(item, Item.SORT))) {
                    hosts.add(understood(item, HostOutcome::of));
                    continue;
                }
                if (rollouts.size() == atMost) {
                    return rollouts;
                }
                rollouts.add(understood(item, read -> Rollout.of(read, hosts)));
                hosts.clear();
            }
            last = Partition.next(page);
        } while (last != null && rollouts.size() < atMost);
        return rollouts;
    }

    private <T> T understood(Map<String, AttributeValue> item, Function<Map<String, AttributeValue>, T> of)
            throws FleetException {
        try {
            return of.apply(item);
        } catch (IllegalArgumentException | NullPointerException e) {
            throw new FleetException.Invalid(
                    "the item " + Item.text(item, Item.SORT) + " of " + partition.key() + " in the table "
                            + partition.table() + " can't be understood: " + e.getMessage()
                            + "; a newer version may have written it",
                    e);
        }
    }
}
