package io.wunderproxy.fleet;

import java.net.URI;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryResponse;
import software.amazon.awssdk.services.dynamodb.model.ReturnConsumedCapacity;

/**
 * One fleet's items in one table: its members, its deploy lock and its ledger. Opens no connection before it is used. Calls
 * block for at most some seconds. From any thread.
 *
 * <table>
 * <caption>Keys; {@code expires} is when DynamoDB deletes the item, in seconds since 1970</caption>
 * <tr><th>pk<th>sk<th>what
 * <tr><td>{@code members#<fleet>}<td>{@code <member id>}<td>a {@link Member}
 * <tr><td>{@code lock#<fleet>}<td>{@code lock}<td>the {@link DeployLock}
 * <tr><td>{@code ledger#<fleet>}<td>{@code <number, 12 digits>}<td>a {@link Rollout}
 * <tr><td>{@code ledger#<fleet>}<td>{@code <number, 12 digits>#<host>}<td>a {@link HostOutcome}
 * </table>
 */
public final class FleetTable implements AutoCloseable {

    private static final Duration KEEP_MEMBERS = Duration.ofDays(1);
    private static final Duration KEEP_LEDGER = Duration.ofDays(90);
    private static final int LONGEST_MESSAGE = 4000;

    /** How many times more members than wanted are read, at most, in search of fresh neighbours. */
    private static final int NEIGHBOUR_PAGES = 4;

    private static final String FENCE = "fence";
    private static final String OF_PARTITION = "pk = :pk";

    private final Dynamo dynamo;
    private final String table;
    private final String fleet;
    private final Clock clock;

    /** The fencing number of the lock that was taken last; 0 if none was. */
    private volatile long fence;

    private FleetTable(Dynamo dynamo, String table, String fleet, Clock clock) {
        this.dynamo = dynamo;
        this.table = table;
        this.fleet = fleet;
        this.clock = clock;
    }

    /**
     * The table in the region and account that the environment names, as for every AWS tool.
     *
     * @param fleet {@code <bucket>/<prefix>}, see {@link #fleet}
     */
    public static FleetTable open(String table, String fleet) {
        return new FleetTable(Dynamo.ofEnvironment(), table, fleet, Clock.systemUTC());
    }

    /** A table of a server that takes any credentials. */
    static FleetTable at(URI endpoint, String table, String fleet, Clock clock) {
        return new FleetTable(Dynamo.at(endpoint), table, fleet, clock);
    }

    /** The id of the fleet of all hosts that read the configurations below this prefix. */
    public static String fleet(String bucket, String prefix) {
        return bucket + "/" + prefix.replaceAll("^/+|/+$", "");
    }

    public String table() {
        return table;
    }

    public String fleet() {
        return fleet;
    }

    /** All members, ordered by id, as they are at this moment; those that are not fresh too, for up to a day. */
    public List<Member> members() throws FleetException {
        var members = new ArrayList<Member>();
        var now = clock.instant();
        var query = query(memberPartition()).consistentRead(true);
        Map<String, AttributeValue> last = null;
        do {
            var page = ask("cannot read the members of the fleet " + fleet, query.exclusiveStartKey(last));
            page.items().stream()
                    .filter(item -> !hasExpired(item, now))
                    .map(FleetTable::member)
                    .forEach(members::add);
            last = next(page);
        } while (last != null);
        return members;
    }

    /**
     * The members around one in the ring of ids, which wraps around; it need not be a member itself. It costs the same however
     * many members there are.
     *
     * @param each how many fresh ones after it, and how many before it, at most
     * @return without the one itself, each once
     */
    public List<Member> neighbours(String id, int each) throws FleetException {
        var now = clock.instant();
        var found = new ArrayList<Member>();
        for (var forward : new boolean[] {true, false}) {
            var side = new ArrayList<Member>();
            beside(id, forward, each, now, side);
            if (side.size() < each) {
                // The other end of the ring: what is there comes in the same direction, up to the one itself.
                fromEnd(id, forward, each, now, side);
            }
            side.stream()
                    .filter(member ->
                            found.stream().noneMatch(known -> known.id().equals(member.id())))
                    .forEach(found::add);
        }
        return List.copyOf(found);
    }

    private void beside(String id, boolean forward, int each, Instant now, List<Member> side) throws FleetException {
        fresh(
                query(memberPartition())
                        .keyConditionExpression(OF_PARTITION + (forward ? " AND sk > :id" : " AND sk < :id"))
                        .expressionAttributeValues(Map.of(":pk", Item.text(memberPartition()), ":id", Item.text(id)))
                        .scanIndexForward(forward),
                each,
                now,
                side,
                member -> true);
    }

    private void fromEnd(String id, boolean forward, int each, Instant now, List<Member> side) throws FleetException {
        fresh(
                query(memberPartition()).scanIndexForward(forward),
                each,
                now,
                side,
                member -> forward ? member.id().compareTo(id) < 0 : member.id().compareTo(id) > 0);
    }

    /** Adds fresh members in the order of the query, until there are enough, or too many had to be passed over. */
    private void fresh(
            QueryRequest.Builder query, int each, Instant now, List<Member> side, Predicate<Member> beforeItself)
            throws FleetException {
        Map<String, AttributeValue> last = null;
        var page = 0;
        do {
            var answer = ask(
                    "cannot read the neighbours in the fleet " + fleet,
                    query.limit(2 * each).exclusiveStartKey(last));
            for (var item : answer.items()) {
                var member = member(item);
                if (side.size() == each || !beforeItself.test(member)) {
                    return;
                }
                if (member.isFresh(now)) {
                    side.add(member);
                }
            }
            last = next(answer);
            page++;
        } while (last != null && side.size() < each && page < NEIGHBOUR_PAGES);
    }

    /**
     * Writes what a member says of itself.
     *
     * @throws FleetException.Conflict if another host that is alive uses this id
     */
    public void put(Member member) throws FleetException {
        var now = clock.instant();
        var item = Item.of(memberPartition(), member.id())
                .with("manager", member.manager())
                .with("proxy", member.proxy())
                .with("revision", member.revision())
                .with("hash", member.hash())
                .with("health", member.health())
                .with("version", member.version())
                .with("capacity", member.capacity())
                .with("since", member.since())
                .with("seen", member.seen())
                .with("interval", member.interval().toMillis())
                .with("until", member.freshUntil().toEpochMilli())
                .with(Item.EXPIRES, member.seen().plus(KEEP_MEMBERS).getEpochSecond());
        try {
            var answer = dynamo.call(
                    "cannot write member " + member.id(),
                    table,
                    client -> client.putItem(put -> put.tableName(table)
                            .item(item.attributes())
                            .conditionExpression("attribute_not_exists(pk) OR #since = :since OR #until < :stale"
                                    + " OR #manager = :manager AND #proxy = :proxy")
                            .expressionAttributeNames(Map.of(
                                    "#since", "since", "#manager", "manager", "#proxy", "proxy", "#until", "until"))
                            .expressionAttributeValues(Map.of(
                                    ":since",
                                    Item.text(member.since().toString()),
                                    ":manager",
                                    Item.text(member.manager()),
                                    ":proxy",
                                    Item.text(member.proxy()),
                                    ":stale",
                                    Item.number(now.minus(Member.CLOCK_SKEW).toEpochMilli())))
                            .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)));
            dynamo.wrote(answer.consumedCapacity());
        } catch (ConditionalCheckFailedException e) {
            throw new FleetException.Conflict("another host of the fleet " + fleet + " calls itself " + member.id()
                    + "; give this one another --member-id, or wait "
                    + member.interval().multipliedBy(3).toSeconds()
                    + " s if it was this one with another address");
        }
    }

    /** Removes a member that goes, unless a later process has taken its place; not an error if there is none. */
    public void remove(Member member) throws FleetException {
        try {
            var answer = dynamo.call(
                    "cannot remove member " + member.id(),
                    table,
                    client -> client.deleteItem(delete -> delete.tableName(table)
                            .key(Item.of(memberPartition(), member.id()).attributes())
                            .conditionExpression("#since = :since")
                            .expressionAttributeNames(Map.of("#since", "since"))
                            .expressionAttributeValues(
                                    Map.of(":since", Item.text(member.since().toString())))
                            .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)));
            dynamo.wrote(answer.consumedCapacity());
        } catch (ConditionalCheckFailedException e) {
            // It is gone already, or somebody else's.
        }
    }

    /**
     * Takes the deploy lock of the fleet, without waiting for it.
     *
     * @param owner who takes it, for others to read
     * @param purpose what for
     * @throws LockedException if somebody else holds it
     */
    public DeployLock lock(String owner, String purpose) throws FleetException, LockedException {
        var lock = DeployLock.take(dynamo, table, fleet, clock, owner, purpose);
        fence = lock.fence();
        return lock;
    }

    /**
     * Looks whether somebody deploys to the fleet now, and takes nothing.
     *
     * @throws LockedException if so
     */
    public void ensureUnlocked() throws FleetException, LockedException {
        var answer = ask(
                "cannot read the deploy lock of the fleet " + fleet,
                query(DeployLock.partition(fleet)).consistentRead(true));
        for (var item : answer.items()) {
            var holder = DeployLock.holder(fleet, item, clock.instant());
            if (holder.isPresent()) {
                throw holder.get();
            }
        }
    }

    /** The newest deployment with its outcomes by host; empty if there is none in the ledger. */
    public Optional<Rollout> lastRollout() throws FleetException {
        return rollouts(1).stream().findFirst();
    }

    /** The newest deployments with their outcomes by host, the newest first. */
    public List<Rollout> rollouts(int atMost) throws FleetException {
        var rollouts = new ArrayList<Rollout>();
        var hosts = new ArrayList<HostOutcome>();
        var query = query(ledgerPartition()).consistentRead(true).scanIndexForward(false);
        Map<String, AttributeValue> last = null;
        do {
            var page = ask("cannot read the ledger of the fleet " + fleet, query.exclusiveStartKey(last));
            for (var item : page.items()) {
                // Backwards, the hosts of a deployment come before it.
                if (Item.text(item, Item.SORT).contains("#")) {
                    hosts.add(outcome(item));
                    continue;
                }
                if (rollouts.size() == atMost) {
                    return rollouts;
                }
                rollouts.add(rollout(item, hosts));
                hosts.clear();
            }
            last = next(page);
        } while (last != null && rollouts.size() < atMost);
        return rollouts;
    }

    /**
     * Writes how far a deployment is, without its hosts.
     *
     * @throws FleetException.Conflict if somebody who took the lock later has written about it
     * @throws IllegalStateException if the lock was not taken through this object
     */
    public void record(Rollout rollout) throws FleetException {
        var item = Item.of(ledgerPartition(), sort(rollout.number()))
                .with("number", rollout.number())
                .with("revision", rollout.revision())
                .with("hash", rollout.hash())
                .with("previousHash", rollout.previousHash())
                .with("by", rollout.by())
                .with("startedAt", rollout.startedAt())
                .with("phase", rollout.phase().name())
                .with("message", bounded(rollout.message()));
        if (rollout.endedAt() != null) {
            item.with("endedAt", rollout.endedAt());
        }
        record(item, rollout.number());
    }

    /**
     * Writes how far a deployment came on one host.
     *
     * @throws FleetException.Conflict if somebody who took the lock later has written about it
     * @throws IllegalStateException if the lock was not taken through this object
     */
    public void record(HostOutcome outcome) throws FleetException {
        record(
                Item.of(ledgerPartition(), sort(outcome.number()) + "#" + outcome.host())
                        .with("number", outcome.number())
                        .with("host", outcome.host())
                        .with("manager", outcome.manager())
                        .with("previousHash", outcome.previousHash())
                        .with("state", outcome.state().name())
                        .with("message", bounded(outcome.message()))
                        .with("at", outcome.at()),
                outcome.number());
    }

    /** Written again when the answer was lost, it passes its own condition. */
    private void record(Item item, long number) throws FleetException {
        var ours = fence;
        if (ours == 0) {
            throw new IllegalStateException("the ledger is written under the lock");
        }
        item.with(FENCE, ours)
                .with(Item.EXPIRES, clock.instant().plus(KEEP_LEDGER).getEpochSecond());
        try {
            var answer = dynamo.call(
                    "cannot write the ledger of the fleet " + fleet,
                    table,
                    client -> client.putItem(put -> put.tableName(table)
                            .item(item.attributes())
                            .conditionExpression("attribute_not_exists(#fence) OR #fence <= :fence")
                            .expressionAttributeNames(Map.of("#fence", FENCE))
                            .expressionAttributeValues(Map.of(":fence", Item.number(ours)))
                            .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL)));
            dynamo.wrote(answer.consumedCapacity());
        } catch (ConditionalCheckFailedException e) {
            throw new FleetException.Conflict("deployment " + number + " of the fleet " + fleet
                    + " was taken over by somebody who holds the lock now; see 'wunderproxy fleet history'");
        }
    }

    /** What the calls through this object took of the table's capacity until now. */
    public Capacity consumed() {
        return dynamo.consumed();
    }

    private String memberPartition() {
        return "members#" + fleet;
    }

    private String ledgerPartition() {
        return "ledger#" + fleet;
    }

    private static String sort(long number) {
        return "%012d".formatted(number);
    }

    private QueryRequest.Builder query(String partition) {
        return QueryRequest.builder()
                .tableName(table)
                .keyConditionExpression(OF_PARTITION)
                .expressionAttributeValues(Map.of(":pk", Item.text(partition)))
                .returnConsumedCapacity(ReturnConsumedCapacity.TOTAL);
    }

    private QueryResponse ask(String what, QueryRequest.Builder query) throws FleetException {
        var answer = dynamo.call(what, table, client -> client.query(query.build()));
        dynamo.read(answer.consumedCapacity());
        return answer;
    }

    /** Where the next page begins; null after the last one. */
    private static Map<String, AttributeValue> next(QueryResponse page) {
        return page.hasLastEvaluatedKey() && !page.lastEvaluatedKey().isEmpty() ? page.lastEvaluatedKey() : null;
    }

    /** DynamoDB takes up to some days to delete what has expired. */
    private static boolean hasExpired(Map<String, AttributeValue> item, Instant now) {
        return Item.number(item, Item.EXPIRES) < now.getEpochSecond();
    }

    private static Member member(Map<String, AttributeValue> item) {
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

    private Rollout rollout(Map<String, AttributeValue> item, List<HostOutcome> hosts) throws FleetException {
        var number = Item.number(item, "number");
        try {
            return new Rollout(
                    number,
                    Item.text(item, "revision"),
                    Item.text(item, "hash"),
                    Item.text(item, "previousHash"),
                    Item.text(item, "by"),
                    Item.time(item, "startedAt"),
                    Item.time(item, "endedAt"),
                    Rollout.Phase.valueOf(Item.text(item, "phase")),
                    Item.text(item, "message"),
                    hosts.stream()
                            .sorted(Comparator.comparing(HostOutcome::host))
                            .toList());
        } catch (IllegalArgumentException | NullPointerException e) {
            throw notUnderstood(item, e);
        }
    }

    private HostOutcome outcome(Map<String, AttributeValue> item) throws FleetException {
        try {
            return new HostOutcome(
                    Item.number(item, "number"),
                    Item.text(item, "host"),
                    Item.text(item, "manager"),
                    Item.text(item, "previousHash"),
                    HostOutcome.State.valueOf(Item.text(item, "state")),
                    Item.text(item, "message"),
                    Item.time(item, "at"));
        } catch (IllegalArgumentException | NullPointerException e) {
            throw notUnderstood(item, e);
        }
    }

    private FleetException notUnderstood(Map<String, AttributeValue> item, RuntimeException e) {
        return new FleetException.Invalid(
                "the item " + Item.text(item, Item.SORT) + " of " + ledgerPartition() + " in the table " + table
                        + " can't be understood: " + e.getMessage() + "; a newer version may have written it",
                e);
    }

    private static String bounded(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }

    @Override
    public void close() {
        dynamo.close();
    }
}
