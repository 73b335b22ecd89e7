package io.wunderproxy.fleet;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.ConditionalCheckFailedException;
import software.amazon.awssdk.services.dynamodb.model.DeleteItemRequest;
import software.amazon.awssdk.services.dynamodb.model.PutItemRequest;
import software.amazon.awssdk.services.dynamodb.model.QueryRequest;

/** The members of one fleet. Calls block for at most some seconds. From any thread. */
public final class Members {

    private static final Duration KEEP_MEMBERS = Duration.ofDays(1);

    /** How many times more members than wanted are read, at most, in search of fresh neighbours. */
    private static final int NEIGHBOUR_PAGES = 4;

    private final Partition partition;
    private final String fleet;
    private final Clock clock;

    Members(Partition partition, String fleet, Clock clock) {
        this.partition = partition;
        this.fleet = fleet;
        this.clock = clock;
    }

    /** All members, ordered by id, as they are at this moment; those that are not fresh too, for up to a day. */
    public List<Member> all() throws FleetException {
        var members = new ArrayList<Member>();
        var now = clock.instant();
        var query = partition.query().consistentRead(true);
        Map<String, AttributeValue> last = null;
        do {
            var page = partition.ask("cannot read the members of the fleet " + fleet, query.exclusiveStartKey(last));
            page.items().stream()
                    .filter(item -> !hasExpired(item, now))
                    .map(Member::of)
                    .forEach(members::add);
            last = Partition.next(page);
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
                partition
                        .query()
                        .keyConditionExpression(Partition.EQUAL + (forward ? " AND sk > :id" : " AND sk < :id"))
                        .expressionAttributeValues(Map.of(":pk", Item.text(partition.key()), ":id", Item.text(id)))
                        .scanIndexForward(forward),
                each,
                now,
                side,
                member -> true);
    }

    private void fromEnd(String id, boolean forward, int each, Instant now, List<Member> side) throws FleetException {
        fresh(
                partition.query().scanIndexForward(forward),
                each,
                now,
                side,
                member -> forward ? member.id().compareTo(id) < 0 : member.id().compareTo(id) > 0);
    }

    /** Adds fresh members in the order of the query, until there are enough, or too many had to be skipped. */
    private void fresh(
            QueryRequest.Builder query, int each, Instant now, List<Member> side, Predicate<Member> beforeItself)
            throws FleetException {
        Map<String, AttributeValue> last = null;
        var page = 0;
        do {
            var response = partition.ask(
                    "cannot read the neighbours in the fleet " + fleet,
                    query.limit(2 * each).exclusiveStartKey(last));
            for (var item : response.items()) {
                var member = Member.of(item);
                if (side.size() == each || !beforeItself.test(member)) {
                    return;
                }
                if (member.isFresh(now)) {
                    side.add(member);
                }
            }
            last = Partition.next(response);
            page++;
        } while (last != null && side.size() < each && page < NEIGHBOUR_PAGES);
    }

    /**
     * Writes what a member says of itself.
     *
     * @throws FleetException.Conflict if another host that is alive uses this id
     */
    public void put(Member member) throws FleetException {
        var item = member.item(partition)
                .with(Item.EXPIRES, member.seen().plus(KEEP_MEMBERS).getEpochSecond());
        var put = PutItemRequest.builder()
                .conditionExpression("attribute_not_exists(pk) OR #since = :since OR #until < :stale"
                        + " OR #manager = :manager AND #proxy = :proxy")
                .expressionAttributeNames(
                        Map.of("#since", "since", "#manager", "manager", "#proxy", "proxy", "#until", "until"))
                .expressionAttributeValues(Map.of(
                        ":since",
                        Item.text(member.since().toString()),
                        ":manager",
                        Item.text(member.manager()),
                        ":proxy",
                        Item.text(member.proxy()),
                        ":stale",
                        Item.number(clock.instant().minus(Member.CLOCK_SKEW).toEpochMilli())));
        try {
            partition.put("cannot write member " + member.id(), item, put);
        } catch (ConditionalCheckFailedException e) {
            throw new FleetException.Conflict("another host of the fleet " + fleet + " calls itself " + member.id()
                    + "; give this one another --member-id, or wait "
                    + member.interval().multipliedBy(3).toSeconds()
                    + " s if it was this one with another address");
        }
    }

    /** Removes a member that goes, unless a later process has taken its place; not an error if there is none. */
    public void remove(Member member) throws FleetException {
        var delete = DeleteItemRequest.builder()
                .conditionExpression("#since = :since")
                .expressionAttributeNames(Map.of("#since", "since"))
                .expressionAttributeValues(
                        Map.of(":since", Item.text(member.since().toString())));
        try {
            partition.delete("cannot remove member " + member.id(), member.id(), delete);
        } catch (ConditionalCheckFailedException e) {
            // It is gone already, or somebody else's.
        }
    }

    /** DynamoDB takes up to some days to delete what has expired. */
    private static boolean hasExpired(Map<String, AttributeValue> item, Instant now) {
        return Item.number(item, Item.EXPIRES) < now.getEpochSecond();
    }
}
