package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.CapacityOption;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.HostOutcome;
import io.wunderproxy.fleet.Rollout;
import io.wunderproxy.names.ShortId;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Shows the ledger: what was deployed to the fleet, and the outcome on every host. */
@Command(
        name = "history",
        description = {
            "List the deployments to the fleet, the newest first.",
            "",
            "They are kept for 90 days. An unfinished one is running, or was interrupted: its phase says where."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy fleet history --table wunderproxy -s my-bucket -p production",
            "  wunderproxy fleet history --table wunderproxy -s my-bucket -p production --hosts --limit 1",
            "  wunderproxy fleet history --table wunderproxy -s my-bucket -p production --json | jq '.[0].Hosts'"
        })
public final class FleetHistoryCommand implements Callable<Integer> {

    private static final int MOST = 1000;

    @Spec
    CommandSpec spec;

    @Option(
            names = "--table",
            paramLabel = "<name>",
            required = true,
            description = "DynamoDB table of the fleet. Required.")
    String table;

    @Mixin
    StoreOptions store;

    @Option(
            names = {"-n", "--limit"},
            paramLabel = "<number>",
            defaultValue = "10",
            description = "How many, at most 1000. Default: ${DEFAULT-VALUE}")
    int limit;

    @Option(names = "--hosts", description = "Show the result of each on every host.")
    boolean hosts;

    @Mixin
    CapacityOption capacity;

    @Mixin
    OutputOptions output;

    @Override
    public Integer call() throws FleetException {
        if (limit < 1 || limit > MOST) {
            throw new ParameterException(spec.commandLine(), "--limit: must be 1 to " + MOST);
        }
        try (var fleet = FleetTable.open(table, FleetTable.fleet(store.bucket, store.prefix))) {
            var rollouts = fleet.ledger().rollouts(limit);
            if (output.json) {
                output.print(json(rollouts));
            } else if (rollouts.isEmpty()) {
                output.note("nothing was deployed to the fleet " + fleet.fleet() + " in the last 90 days");
            } else {
                print(rollouts);
            }
            capacity.tell(output, fleet.consumed());
        }
        return Exit.OK.code();
    }

    private void print(List<Rollout> rollouts) {
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("NUMBER", "REVISION", "HASH", "STARTED AT", "TOOK", "PHASE", "HOSTS", "BY", "MESSAGE"));
        for (var rollout : rollouts) {
            rows.add(List.of(
                    Long.toString(rollout.number()),
                    rollout.revision(),
                    ShortId.of(rollout.hash()),
                    seconds(rollout.startedAt()),
                    rollout.endedAt() == null ? "" : took(rollout.startedAt(), rollout.endedAt()),
                    rollout.phase().label(),
                    summary(rollout.hosts()),
                    rollout.by(),
                    firstLine(rollout.message())));
            if (hosts) {
                for (var host : rollout.hosts()) {
                    rows.add(List.of(
                            "",
                            "  " + host.host(),
                            ShortId.of(host.previousHash()),
                            seconds(host.at()),
                            took(rollout.startedAt(), host.at()),
                            host.state().label(),
                            "",
                            "",
                            firstLine(host.message())));
                }
            }
        }
        Table.print(output.out(), rows, "TOOK", "HASH", "BY", "STARTED AT", "HOSTS");
        output.out().flush();
    }

    private static ArrayNode json(List<Rollout> rollouts) {
        var array = JsonNodeFactory.instance.arrayNode();
        for (var rollout : rollouts) {
            var node = array.addObject()
                    .put("Number", rollout.number())
                    .put("Revision", rollout.revision())
                    .put("Hash", rollout.hash())
                    .put("PreviousHash", rollout.previousHash())
                    .put("By", rollout.by())
                    .put("StartedAt", rollout.startedAt().toString())
                    .put(
                            "EndedAt",
                            rollout.endedAt() == null ? null : rollout.endedAt().toString())
                    .put("Phase", rollout.phase().label())
                    .put("Message", rollout.message());
            var outcomes = node.putArray("Hosts");
            for (var host : rollout.hosts()) {
                outcomes.addObject()
                        .put("Host", host.host())
                        .put("Manager", host.manager())
                        .put("PreviousHash", host.previousHash())
                        .put("State", host.state().label())
                        .put("Message", host.message())
                        .put("At", host.at().toString());
            }
        }
        return array;
    }

    /** Counts the hosts in each state: {@code 4 switched, 1 failed}. */
    private static String summary(List<HostOutcome> hosts) {
        return Arrays.stream(HostOutcome.State.values())
                .map(state -> new Count(
                        state,
                        hosts.stream().filter(host -> host.state() == state).count()))
                .filter(count -> count.hosts > 0)
                .map(count -> count.hosts + " " + count.state.label())
                .collect(Collectors.joining(", "));
    }

    private record Count(HostOutcome.State state, long hosts) {}

    private static String seconds(Instant time) {
        return time.truncatedTo(ChronoUnit.SECONDS).toString();
    }

    private static String took(Instant from, Instant to) {
        return "%.1f s".formatted(Duration.between(from, to).toMillis() / 1e3);
    }

    private static String firstLine(String message) {
        return message.lines().findFirst().orElse("");
    }
}
