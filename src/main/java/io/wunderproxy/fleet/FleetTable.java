package io.wunderproxy.fleet;

import java.net.URI;
import java.time.Clock;

/**
 * One fleet's items in one table: its members, its deploy lock and its ledger, which lie where {@link Keys} says. Opens no
 * connection before it is used. Calls block for at most some seconds. From any thread.
 */
public final class FleetTable implements AutoCloseable {

    private final Dynamo dynamo;
    private final String table;
    private final Keys keys;
    private final Clock clock;

    private FleetTable(Dynamo dynamo, String table, String fleet, Clock clock) {
        this.dynamo = dynamo;
        this.table = table;
        this.keys = new Keys(fleet);
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
        return keys.fleet();
    }

    public Members members() {
        return new Members(partition(keys.members()), keys.fleet(), clock);
    }

    public Ledger ledger() {
        return new Ledger(partition(keys.ledger()), keys.fleet());
    }

    /**
     * Takes the deploy lock of the fleet, without waiting for it.
     *
     * @param owner who takes it, for others to read
     * @param purpose what for
     * @throws LockedException if somebody else holds it
     */
    public DeployLock lock(String owner, String purpose) throws FleetException, LockedException {
        return DeployLock.take(partition(keys.lock()), partition(keys.ledger()), keys.fleet(), clock, owner, purpose);
    }

    /**
     * Looks whether somebody deploys to the fleet now, and takes nothing.
     *
     * @throws LockedException if so
     */
    public void ensureUnlocked() throws FleetException, LockedException {
        var lock = partition(keys.lock());
        var response = lock.ask(
                "cannot read the deploy lock of the fleet " + keys.fleet(),
                lock.query().consistentRead(true));
        for (var item : response.items()) {
            var holder = DeployLock.holder(keys.fleet(), item, clock.instant());
            if (holder.isPresent()) {
                throw holder.get();
            }
        }
    }

    /** The capacity of the table that the calls through this object took until now. */
    public ConsumedUnits consumed() {
        return dynamo.consumed();
    }

    private Partition partition(String key) {
        return new Partition(dynamo, table, key);
    }

    @Override
    public void close() {
        dynamo.close();
    }
}
