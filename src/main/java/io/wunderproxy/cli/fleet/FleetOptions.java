package io.wunderproxy.cli.fleet;

import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.reach.ConnectionOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.client.ManagerAddress;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.Ec2Instances;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.Member;
import io.wunderproxy.rollout.Discovery;
import io.wunderproxy.rollout.Parallel;
import io.wunderproxy.rollout.RolloutException;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The hosts that a command is for, and how they are reached. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE, ExitCodes.INVALID})
final class FleetOptions {

    /** The longest that a manager takes to respond to anything but a launch, which is not awaited in one call. */
    private static final Duration RESPONSE_TIMEOUT = Duration.ofSeconds(30);

    private static final Duration SIGN_OF_LIFE = Duration.ofSeconds(5);
    private static final int MOST_AT_A_TIME = 1000;

    @Spec(Spec.Target.MIXEE)
    CommandSpec spec;

    @Mixin
    StoreOptions store;

    @Mixin
    ConnectionOptions connection;

    @Mixin
    OutputOptions output;

    @Option(
            names = {"-T", "--table"},
            paramLabel = "<name>",
            description = "The DynamoDB table that the hosts are members of; it also keeps the lock and the ledger.")
    String table;

    @Option(
            names = "--hosts",
            paramLabel = "<address>",
            split = ",",
            description = "The managers of these hosts, instead of all members: host:port or https://host:port.")
    List<String> addresses = List.of();

    @Option(
            names = "--tag",
            paramLabel = "<key=value>",
            description = "The running EC2 instances with this tag; if given several times, with all of them.")
    List<String> tags = List.of();

    @Option(
            names = "--tagged-api",
            paramLabel = "<address>",
            defaultValue = "http://{host}:8001",
            description = "Where managers of instances found by --tag listen. Default: ${DEFAULT-VALUE}")
    String taggedApi;

    @Option(
            names = "--parallel",
            paramLabel = "<number>",
            defaultValue = "32",
            description = "How many hosts are talked to at a time. Default: ${DEFAULT-VALUE}")
    int atATime;

    private Parallel parallel;
    private final Set<String> passedBy = ConcurrentHashMap.newKeySet();

    /** A known host, reachable or not. */
    record Found(String name, ManagerAddress address, Optional<Member> member) {}

    /** The table of this fleet; empty without {@code --table}. Opens no connection yet. */
    Optional<FleetTable> openTable() {
        return Optional.ofNullable(table)
                .map(name -> FleetTable.open(name, FleetTable.fleet(store.bucket, store.prefix)));
    }

    /**
     * Talks to as many hosts at a time as the user allows.
     *
     * @throws ParameterException if that is no sensible number
     */
    Parallel parallel() {
        if (atATime < 1 || atATime > MOST_AT_A_TIME) {
            throw misuse("--parallel: must be 1 to " + MOST_AT_A_TIME);
        }
        if (parallel == null) {
            parallel = new Parallel(atATime);
        }
        return parallel;
    }

    /** Finds the hosts: those that are given, those with the tags, else the members of the fleet. */
    List<Found> find(Optional<FleetTable> from) throws FleetException {
        if (!addresses.isEmpty()) {
            return given(addresses);
        }
        if (!tags.isEmpty()) {
            return tagged();
        }
        var members = from.orElseThrow(() ->
                misuse("which hosts? Give --table, whose members they are, or --hosts, or --tag of EC2 instances"));
        return members.members().all().stream()
                .map(member -> new Found(member.id(), address(member.manager()), Optional.of(member)))
                .toList();
    }

    private List<Found> given(List<String> texts) {
        var found = new LinkedHashMap<String, Found>();
        for (var text : texts) {
            var address = address(text);
            found.put(address.toString(), new Found(address.toString(), address, Optional.empty()));
        }
        return List.copyOf(found.values());
    }

    private List<Found> tagged() throws FleetException {
        try {
            var found = new ArrayList<Found>();
            for (var instance : Ec2Instances.running(tags)) {
                found.add(new Found(
                        instance.id(), address(taggedApi.replace("{host}", instance.address())), Optional.empty()));
            }
            return found;
        } catch (IllegalArgumentException e) {
            throw misuse("--tag: " + e.getMessage());
        }
    }

    private ManagerAddress address(String text) {
        try {
            return ManagerAddress.parse(text);
        } catch (IllegalArgumentException e) {
            throw misuse(e.getMessage());
        }
    }

    ManagerClient open(Found found) {
        return connection.manager(found.address(), RESPONSE_TIMEOUT, found.member());
    }

    /** Finds the hosts of a deployment anew each time. */
    Discovery discovery(Optional<FleetTable> from, Clock clock) {
        return new Discovery() {
            @Override
            public List<Discovery.Found> find() throws FleetException {
                return present(from, clock).stream()
                        .map(found -> new Discovery.Found(found.name(), () -> open(found)))
                        .toList();
            }

            @Override
            public boolean isOpen() {
                return addresses.isEmpty();
            }
        };
    }

    /**
     * The hosts of a deployment. A member that was not seen lately is gone, unless it responds: it may only be cut off from the
     * table.
     *
     * @throws RolloutException if there is none
     */
    List<Found> present(Optional<FleetTable> from, Clock clock) throws FleetException {
        var found = find(from);
        var now = clock.instant();
        var there = parallel()
                .map(found, host -> host.member().map(m -> m.isFresh(now)).orElse(true) || responds(host));
        var present = IntStream.range(0, found.size())
                .filter(there::get)
                .mapToObj(found::get)
                .toList();
        if (present.isEmpty()) {
            throw new RolloutException(
                    Kind.NOT_FOUND,
                    found.isEmpty()
                            ? "there is no host: "
                                    + (tags.isEmpty()
                                            ? "no agent with --table " + table + " has ever reported that it serves "
                                                    + store.bucket + "/" + store.prefix
                                            : "no running instance has these tags")
                            : "none of " + found.size() + " members was seen lately: are their agents running?");
        }
        return present;
    }

    private boolean responds(Found stale) {
        try (var manager = connection.manager(stale.address(), SIGN_OF_LIFE)) {
            manager.status();
            return true;
        } catch (ManagerException e) {
            if (passedBy.add(stale.name())) {
                output.note(stale.name() + " is passed by: it was last seen at "
                        + stale.member().orElseThrow().seen() + " and does not respond");
            }
            return false;
        }
    }

    ParameterException misuse(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
