package io.wunderproxy.fleet;

import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;

/** The ledger of one fleet for who holds its lock: what a later holder has written is never replaced. From any thread. */
public final class LedgerWriter {

    private static final Duration KEEP_LEDGER = Duration.ofDays(90);
    private static final String FENCE = "fence";

    private final Partition partition;
    private final String fleet;
    private final long fence;
    private final Clock clock;

    /** @param fence the number of the lock */
    LedgerWriter(Partition partition, String fleet, long fence, Clock clock) {
        this.partition = partition;
        this.fleet = fleet;
        this.fence = fence;
        this.clock = clock;
    }

    /**
     * Writes how far a deployment is, without its hosts.
     *
     * @throws FleetException.Conflict if somebody who took the lock later has written about it
     */
    public void record(Rollout rollout) throws FleetException {
        record(rollout.item(partition), rollout.number());
    }

    /**
     * Writes how far a deployment came on one host.
     *
     * @throws FleetException.Conflict if somebody who took the lock later has written about it
     */
    public void record(HostOutcome outcome) throws FleetException {
        record(outcome.item(partition), outcome.number());
    }

    /** Written again when the response was lost, it passes its own condition. */
    private void record(Item item, long number) throws FleetException {
        item.with(FENCE, fence)
                .with(Item.EXPIRES, clock.instant().plus(KEEP_LEDGER).getEpochSecond());
        var put = PutItemRequest.builder()
                .conditionExpression("attribute_not_exists(#fence) OR #fence <= :fence")
                .expressionAttributeNames(Map.of("#fence", FENCE))
                .expressionAttributeValues(Map.of(":fence", Item.number(fence)));
        try {
            partition.put("cannot write the ledger of the fleet " + fleet, item, put);
        } catch (ConditionalCheckFailedException e) {
            throw new FleetException.Conflict("deployment " + number + " of the fleet " + fleet
                    + " was taken over by somebody who holds the lock now; see 'wunderproxy fleet history'");
        }
    }
}
