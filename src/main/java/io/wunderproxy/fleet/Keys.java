package io.wunderproxy.fleet;

/**
 * Where the items of one fleet lie in its table.
 *
 * <table>
 * <caption>Keys; {@code expires} is when DynamoDB deletes the item, in seconds since 1970</caption>
 * <tr><th>pk<th>sk<th>what
 * <tr><td>{@code members#<fleet>}<td>{@code <member id>}<td>a {@link Member}
 * <tr><td>{@code lock#<fleet>}<td>{@code lock}<td>the {@link DeployLock}
 * <tr><td>{@code ledger#<fleet>}<td>{@code <number, 12 digits>}<td>a {@link Rollout}
 * <tr><td>{@code ledger#<fleet>}<td>{@code <number, 12 digits>#<host>}<td>a {@link HostOutcome}
 * </table>
 *
 * @param fleet {@code <bucket>/<prefix>}
 */
record Keys(String fleet) {

    static final String LOCK = "lock";

    private static final String HOST = "#";

    String members() {
        return "members#" + fleet;
    }

    String lock() {
        return "lock#" + fleet;
    }

    String ledger() {
        return "ledger#" + fleet;
    }

    /** The sort key of a rollout. */
    static String rollout(long number) {
        return "%012d".formatted(number);
    }

    /** The sort key of what became of a rollout on one host; the rollout's own is before those of its hosts. */
    static String outcome(long number, String host) {
        return rollout(number) + HOST + host;
    }

    /** Whether a sort key of the ledger is that of a host's outcome. */
    static boolean isOutcome(String sort) {
        return sort.contains(HOST);
    }
}
