package io.wunderproxy.fleet;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.ReturnValue;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemRequest;
import software.amazon.awssdk.services.dynamodb.model.UpdateItemResponse;

/**
 * The right to deploy to a fleet, held by one until closed. It is renewed in the background; its lease ends by itself if the
 * holder dies or can't reach the table for {@link #LEASE}. From any thread.
 */
public final class DeployLock implements AutoCloseable {

    static final Duration LEASE = Duration.ofSeconds(60);
    private static final Duration RENEWAL = Duration.ofSeconds(15);

    private static final String FENCE = "fence";
    private static final String OWNER = "owner";
    private static final String PURPOSE = "purpose";
    private static final String SINCE = "since";
    private static final String UNTIL = "until";
    private static final String TOKEN = "token";

    /** Names of attributes that are reserved words in an expression. */
    private static final Map<String, String> TAKE_NAMES = Map.of(
            "#token", TOKEN, "#until", UNTIL, "#owner", OWNER, "#purpose", PURPOSE, "#since", SINCE, "#fence", FENCE);

    private static final Map<String, String> RELEASE_NAMES =
            Map.of("#token", TOKEN, "#until", UNTIL, "#owner", OWNER, "#purpose", PURPOSE, "#since", SINCE);

    private static final Map<String, String> RENEW_NAMES = Map.of("#token", TOKEN, "#until", UNTIL);

    private final Partition partition;
    private final Partition ledger;
    private final String fleet;
    private final Clock clock;
    private final String owner;

    /** Only this taking of the lock has it: tells whether it was taken by us although the response was lost. */
    private final String token = UUID.randomUUID().toString();

    private final ScheduledExecutorService renewals = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("deploy-lock").factory());

    private long fence;

    /** The lease is over at the earlier of both: one clock may be set, the other stands still while the machine sleeps. */
    private volatile Instant until;

    private volatile long untilNanos;

    /** Why it was lost; null as long as it was not. */
    private volatile String lost;

    private DeployLock(Partition partition, Partition ledger, String fleet, Clock clock, String owner) {
        this.partition = partition;
        this.ledger = ledger;
        this.fleet = fleet;
        this.clock = clock;
        this.owner = owner;
    }

    /**
     * Takes the lock, without waiting for it.
     *
     * @param partition of the lock
     * @param ledger of the fleet, which it lets its holder write
     */
    static DeployLock take(
            Partition partition, Partition ledger, String fleet, Clock clock, String owner, String purpose)
            throws FleetException, LockedException {
        var lock = new DeployLock(partition, ledger, fleet, clock, owner);
        lock.take(purpose);
        lock.renewals.scheduleWithFixedDelay(
                lock::renewInBackground, RENEWAL.toMillis(), RENEWAL.toMillis(), TimeUnit.MILLISECONDS);
        return lock;
    }

    private void take(String purpose) throws FleetException, LockedException {
        var now = clock.instant();
        var nanos = System.nanoTime();
        try {
            var response = update(
                    "take",
                    UpdateItemRequest.builder()
                            .conditionExpression("attribute_not_exists(#token) OR #until < :expired")
                            .updateExpression("SET #token = :token, #until = :until, #owner = :owner,"
                                    + " #purpose = :purpose, #since = :since ADD #fence :one")
                            .expressionAttributeNames(TAKE_NAMES)
                            .expressionAttributeValues(Map.of(
                                    ":expired",
                                    Item.number(now.minus(Member.CLOCK_SKEW).toEpochMilli()),
                                    ":token",
                                    Item.text(token),
                                    ":until",
                                    Item.number(now.plus(LEASE).toEpochMilli()),
                                    ":owner",
                                    Item.text(owner),
                                    ":purpose",
                                    Item.text(purpose),
                                    ":since",
                                    Item.text(now.toString()),
                                    ":one",
                                    Item.number(1)))
                            .returnValues(ReturnValue.ALL_NEW));
            fence = Item.number(response.attributes(), FENCE);
        } catch (ConditionalCheckFailedException e) {
            if (!Item.text(e.item(), TOKEN).equals(token)) {
                throw locked(fleet, e.item());
            }
            fence = Item.number(e.item(), FENCE);
        }
        extend(now, nanos);
    }

    /** The holder of the lock whose item this is; empty if it can be taken. */
    static Optional<LockedException> holder(String fleet, Map<String, AttributeValue> item, Instant now) {
        return Item.text(item, TOKEN).isEmpty()
                        || Item.number(item, UNTIL)
                                < now.minus(Member.CLOCK_SKEW).toEpochMilli()
                ? Optional.empty()
                : Optional.of(locked(fleet, item));
    }

    private static LockedException locked(String fleet, Map<String, AttributeValue> item) {
        return new LockedException(
                fleet,
                Item.text(item, OWNER),
                Item.text(item, PURPOSE),
                Item.time(item, SINCE),
                Instant.ofEpochMilli(Item.number(item, UNTIL)).plus(Member.CLOCK_SKEW));
    }

    /**
     * Changes the item of the lock.
     *
     * @param what it is done to it, for the message if that fails
     * @throws ConditionalCheckFailedException with what was found instead, if the condition does not hold
     */
    private UpdateItemResponse update(String what, UpdateItemRequest.Builder update) throws FleetException {
        return partition.update(
                "cannot " + what + " the deploy lock of the fleet " + fleet,
                Keys.LOCK,
                update.returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.ALL_OLD));
    }

    /** The lease counts from before the call. */
    private void extend(Instant now, long nanos) {
        until = now.plus(LEASE);
        untilNanos = nanos + LEASE.toNanos();
    }

    /** The fencing number: each taking of the lock has a higher one than all before. */
    public long fence() {
        return fence;
    }

    public String owner() {
        return owner;
    }

    /** The ledger of the fleet, to be written under this lock. */
    public LedgerWriter ledger() {
        return new LedgerWriter(ledger, fleet, fence, clock);
    }

    /** Whether somebody else may deploy by now. Asks nobody; {@link #ensureHeld} does. */
    public boolean isLost() {
        if (lost == null && (!clock.instant().isBefore(until) || System.nanoTime() - untilNanos >= 0)) {
            lost = "could not be renewed for " + LEASE.toSeconds() + " s";
        }
        return lost != null;
    }

    /**
     * Asks the table whether the lock is still held, and renews it. While the table can't be reached, the lease counts.
     *
     * @throws FleetException if it is lost
     */
    public void ensureHeld() throws FleetException {
        if (!isLost()) {
            try {
                renew();
            } catch (FleetException unreachable) {
                if (isLost()) {
                    throw new FleetException(
                            "the deploy lock of the fleet " + fleet + " is lost: " + unreachable.getMessage(),
                            unreachable);
                }
                return;
            }
        }
        if (isLost()) {
            throw new FleetException("the deploy lock of the fleet " + fleet + " is lost: it " + lost
                    + "; somebody else may be deploying");
        }
    }

    private void renewInBackground() {
        try {
            if (!isLost()) {
                renew();
            }
        } catch (FleetException triedAgain) {
            // The next renewal may succeed; if none does, the lease ends.
        }
    }

    private synchronized void renew() throws FleetException {
        var now = clock.instant();
        var nanos = System.nanoTime();
        try {
            update(
                    "renew",
                    UpdateItemRequest.builder()
                            .conditionExpression("#token = :token")
                            .updateExpression("SET #until = :until")
                            .expressionAttributeNames(RENEW_NAMES)
                            .expressionAttributeValues(Map.of(
                                    ":token",
                                    Item.text(token),
                                    ":until",
                                    Item.number(now.plus(LEASE).toEpochMilli()))));
            extend(now, nanos);
        } catch (ConditionalCheckFailedException e) {
            var other = Item.text(e.item(), OWNER);
            lost = other.isEmpty()
                    ? "was taken and released by somebody else"
                    : "was taken by " + other + " (" + Item.text(e.item(), PURPOSE) + ")";
        }
    }

    /** Releases the lock if it is still held. If the table can't be reached, its lease ends by itself. */
    @Override
    public void close() {
        renewals.shutdownNow();
        release();
    }

    private synchronized void release() {
        try {
            update(
                    "release",
                    UpdateItemRequest.builder()
                            .conditionExpression("#token = :token")
                            .updateExpression("REMOVE #token, #until, #owner, #purpose, #since")
                            .expressionAttributeNames(RELEASE_NAMES)
                            .expressionAttributeValues(Map.of(":token", Item.text(token))));
        } catch (ConditionalCheckFailedException | FleetException notOursOrUnreachable) {
            // Released already, or taken by somebody else, or the lease ends by itself.
        }
    }
}
