package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.host.Deployer;
import io.wunderproxy.cli.host.DryRunOptions;
import io.wunderproxy.cli.store.RollbackTarget;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.rollout.ConfigMaker;
import io.wunderproxy.rollout.FleetRecords;
import io.wunderproxy.rollout.FleetSession;
import io.wunderproxy.rollout.FleetSession.Outcome;
import io.wunderproxy.rollout.Interrupted;
import io.wunderproxy.rollout.Interrupted.Remedy;
import io.wunderproxy.rollout.RolloutPolicy;
import io.wunderproxy.rollout.Share;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.MonotonicTime;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the commands that change what a fleet serves. */
@Command(
        exitCodeList = {
            ExitCodes.NOT_FOUND,
            ExitCodes.CONFLICT,
            ExitCodes.INVALID,
            ExitCodes.NOT_HEALTHY,
            ExitCodes.NOTHING_CHANGED
        })
final class FleetRolloutOptions {

    private static final Clock CLOCK = Clock.systemUTC();

    @Mixin
    FleetOptions fleet;

    @Option(
            names = "--quorum",
            paramLabel = "<number|percent>",
            defaultValue = "100%",
            converter = ShareConverter.class,
            description = "How many hosts must be able to serve it. Default: ${DEFAULT-VALUE}")
    Share quorum;

    @Option(
            names = "--batch",
            paramLabel = "<number|percent>",
            defaultValue = "25%",
            converter = ShareConverter.class,
            description = "How many hosts are switched at a time. Default: ${DEFAULT-VALUE}")
    Share batch;

    @Option(
            names = "--bake",
            paramLabel = "<time>",
            defaultValue = "10s",
            converter = DurationConverter.class,
            description =
                    "How long those that have switched are watched before the next batch. Default: ${DEFAULT-VALUE}")
    Duration bake;

    @Option(
            names = "--max-errors",
            paramLabel = "<percent>",
            defaultValue = "1",
            description = "How many per cent more of the requests may get 5xx than on hosts that are not switched yet. "
                    + "Default: ${DEFAULT-VALUE}")
    double maxErrors;

    @Option(
            names = "--max-slowdown",
            paramLabel = "<times>",
            defaultValue = "3",
            description =
                    "How many times longer than on those hosts the 99th percentile of response times may be by the end of the "
                            + "bake time; below 1,000 requests, the 90th. Default: ${DEFAULT-VALUE}")
    double maxSlowdown;

    @Mixin
    DryRunOptions dryRun;

    /** An operation on the fleet. */
    private interface Work {
        FleetSession.Result in(FleetSession session)
                throws StoreException, InvalidLaunchConfigException, FleetException;
    }

    /** Makes the configuration from what is promoted, deploys it to the fleet and reports the outcome. */
    Exit deploy(String purpose, ConfigMaker maker) throws StoreException, InvalidLaunchConfigException, FleetException {
        check();
        if (dryRun.asked) {
            interrupted().refuseToPassBy();
            dryRun.show(fleet.store, maker, fleet.output);
            return Exit.OK;
        }
        return run(session -> session.deploy(purpose, maker));
    }

    /** Resumes an interrupted rollout and reports the outcome. */
    Exit resume() throws StoreException, InvalidLaunchConfigException, FleetException {
        check();
        if (dryRun.asked) {
            var interrupted = interrupted();
            var maker = interrupted.toResume();
            fleet.output.note("would continue " + interrupted.describe());
            dryRun.show(fleet.store, maker, fleet.output);
            return Exit.OK;
        }
        return run(FleetSession::resume);
    }

    /** Rolls the fleet back: from an interrupted rollout, else to an earlier configuration. */
    Exit rollBack(RollbackTarget target) throws StoreException, InvalidLaunchConfigException, FleetException {
        check();
        var maker = target.maker(fleet.store);
        if (dryRun.asked) {
            var interrupted = interrupted();
            var base = dryRun.base(fleet.store, fleet.output);
            if (!target.isNamed() && interrupted.remedy(base) == Remedy.UNDO) {
                showUndoing(interrupted);
            } else {
                dryRun.show(fleet.store, base, maker, fleet.output);
            }
            return Exit.OK;
        }
        return run(session -> session.rollBack(maker, target.isNamed()));
    }

    private void showUndoing(Interrupted interrupted) {
        fleet.output.note("would bring back the hosts of " + interrupted.describe() + ", as the ledger has them:");
        var before = new TreeMap<>(interrupted.servedBefore());
        if (fleet.output.json) {
            var array = JsonNodeFactory.instance.arrayNode();
            before.forEach((host, hash) -> array.addObject()
                    .put("Host", host)
                    .put("BackTo", hash.map(ConfigHash::value).orElse(null)));
            fleet.output.print(array);
            return;
        }
        var rows = new ArrayList<List<String>>();
        rows.add(List.of("HOST", "BACK TO"));
        before.forEach((host, hash) -> rows.add(
                List.of(host, hash.map(ConfigHash::abbreviated).orElse("served nothing: keeps what it serves"))));
        Table.print(fleet.output.out(), rows);
        fleet.output.out().flush();
    }

    /** Looks for an interrupted rollout, for a dry run. */
    private Interrupted interrupted() throws FleetException {
        var table = fleet.openTable();
        try {
            return Interrupted.look(table.map(FleetRecords::in));
        } finally {
            table.ifPresent(FleetTable::close);
        }
    }

    private void check() {
        if (maxErrors < 0 || maxErrors > 100) {
            throw fleet.misuse("--max-errors: must be 0 to 100");
        }
        if (maxSlowdown < 1) {
            throw fleet.misuse("--max-slowdown: must be at least 1");
        }
        fleet.parallel();
    }

    private Exit run(Work work) throws StoreException, InvalidLaunchConfigException, FleetException {
        var store = fleet.store.open();
        var by = Deployer.name(store);
        var table = fleet.openTable();
        FleetSession.Result result;
        try (var progress = new FleetProgress(fleet.output, CLOCK)) {
            result = work.in(new FleetSession(
                    new FleetSession.Fleet(
                            table.map(FleetRecords::in), fleet.discovery(table, CLOCK), fleet.parallel()),
                    store,
                    by,
                    new RolloutPolicy(quorum, batch, bake, maxErrors / 100, maxSlowdown, fleet.connection.timeout),
                    progress,
                    CLOCK,
                    MonotonicTime.OF_THE_MACHINE));
        } finally {
            table.ifPresent(FleetTable::close);
        }
        report(result);
        return result.outcome() == Outcome.NOTHING_CHANGED ? Exit.NOTHING_CHANGED : Exit.OK;
    }

    private void report(FleetSession.Result result) {
        var hosts = result.hosts();
        if (fleet.output.json) {
            fleet.output.printLine(JsonNodeFactory.instance
                    .objectNode()
                    .put(
                            "Result",
                            switch (result.outcome()) {
                                case DEPLOYED -> "Deployed";
                                case NOTHING_CHANGED -> "NothingChanged";
                                case ROLLED_BACK -> "RolledBack";
                            })
                    .put("Revision", result.revision())
                    .put("Hash", result.hash().value())
                    .put("Hosts", hosts));
            return;
        }
        var named = result.revision() + " (" + result.hash().abbreviated() + ")";
        fleet.output
                .out()
                .println(
                        switch (result.outcome()) {
                            case DEPLOYED -> "deployed revision " + named + " to " + hosts + " hosts";
                            case NOTHING_CHANGED ->
                                "nothing changed: " + hosts + " hosts serve revision " + named
                                        + " already, and it is the promoted one. If its image was pushed again with "
                                        + "another content: deploy it under another tag, or by its digest";
                            case ROLLED_BACK -> "rolled back revision " + named + " on " + hosts + " hosts";
                        });
        fleet.output.out().flush();
    }
}
