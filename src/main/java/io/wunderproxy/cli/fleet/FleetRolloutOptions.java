package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.DurationConverter;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Table;
import io.wunderproxy.cli.host.Deployer;
import io.wunderproxy.cli.host.DryRunOptions;
import io.wunderproxy.cli.host.RolloutOptions;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.fleet.FleetTable;
import io.wunderproxy.fleet.Rollout;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.names.ShortId;
import io.wunderproxy.rollout.Share;
import io.wunderproxy.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that change what a fleet serves have in common. */
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
            description =
                    "How many per cent more of the requests may end with 5xx than on hosts that were not switched yet. "
                            + "Default: ${DEFAULT-VALUE}")
    double maxErrors;

    @Option(
            names = "--max-slowdown",
            paramLabel = "<times>",
            defaultValue = "3",
            description =
                    "How many times longer than there 99 of 100 requests may take by the end of the bake time, or 90 of "
                            + "100 where there were fewer than 1,000. Default: ${DEFAULT-VALUE}")
    double maxSlowdown;

    @Mixin
    DryRunOptions dryRun;

    /** What is done under the lock. */
    private interface Work {
        /** @return whether it has changed anything */
        boolean run(Session session) throws StoreException, InvalidLaunchConfigException;
    }

    /** All that the steps need. */
    private record Session(
            Optional<FleetTable> table,
            FleetLedger ledger,
            FleetProgress progress,
            LaunchConfigStore store,
            Promotions promotions,
            Supplier<String> by,
            List<FleetHost> opened) {}

    /** Makes the configuration from what is promoted, and brings it to the fleet; says what came of it. */
    Exit deploy(String purpose, RolloutOptions.Maker maker) throws StoreException, InvalidLaunchConfigException {
        check();
        if (dryRun.asked) {
            refuseToPassBy(interrupted());
            dryRun.show(fleet.store, maker, fleet.output);
            return Exit.OK;
        }
        return locked(purpose, session -> {
            refuseToPassBy(session.ledger().interrupted());
            return deploy(session, maker, List.of());
        });
    }

    private static void refuseToPassBy(List<Rollout> interrupted) {
        if (!interrupted.isEmpty()) {
            throw new CommandFailure(
                    Exit.CONFLICT,
                    describe(interrupted.getFirst())
                            + " was interrupted; 'wunderproxy fleet resume' goes on with it, 'wunderproxy fleet "
                            + "rollback' brings its hosts back");
        }
    }

    /** Goes on with a deployment that was interrupted; says what came of it. */
    Exit resume() throws StoreException, InvalidLaunchConfigException {
        check();
        if (dryRun.asked) {
            var rollout = toResume(interrupted());
            fleet.output.note("would go on with " + describe(rollout));
            dryRun.show(fleet.store, named(rollout), fleet.output);
            return Exit.OK;
        }
        return locked("resume", session -> {
            var interrupted = session.ledger().interrupted();
            var rollout = toResume(interrupted);
            session.progress().step("going on with " + describe(rollout));
            return deploy(session, named(rollout), interrupted);
        });
    }

    private static Rollout toResume(List<Rollout> interrupted) {
        if (interrupted.isEmpty()) {
            throw new CommandFailure(Exit.NOT_FOUND, "no deployment of this fleet was interrupted");
        }
        var rollout = interrupted.getFirst();
        if (rollout.phase() == Rollout.Phase.ROLLING_BACK) {
            throw new CommandFailure(
                    Exit.CONFLICT,
                    describe(rollout)
                            + " was interrupted while it was going back; 'wunderproxy fleet rollback' goes on "
                            + "with that");
        }
        return rollout;
    }

    private static RolloutOptions.Maker named(Rollout rollout) {
        return (store, base) -> StoreOptions.find(store, new ConfigHash(rollout.hash()));
    }

    /** Brings the fleet back: from a deployment that was interrupted, else to an earlier configuration. */
    Exit rollBack(RolloutOptions.Maker maker, boolean named) throws StoreException, InvalidLaunchConfigException {
        check();
        if (dryRun.asked) {
            var interrupted = interrupted();
            var base = dryRun.base(fleet.store, fleet.output);
            if (named || !isUnpromoted(interrupted, base) || isGoingBack(base, interrupted.getFirst())) {
                dryRun.show(fleet.store, base, maker, fleet.output);
            } else {
                showUndoing(interrupted);
            }
            return Exit.OK;
        }
        return locked("rollback", session -> {
            var interrupted = session.ledger().interrupted();
            var base = session.promotions().readMended(session.progress()::step);
            if (named || !isUnpromoted(interrupted, base)) {
                return deploy(session, maker, List.of());
            } else if (isGoingBack(base, interrupted.getFirst())) {
                // What was interrupted was a rollback itself.
                return deploy(session, maker, interrupted);
            } else {
                var rollout = interrupted.getFirst();
                var hash = new ConfigHash(rollout.hash());
                session.progress().step("bringing back the hosts of " + describe(rollout));
                var hosts = open(session);
                rollout(session).undo(hosts, servedBefore(interrupted, base, hash), rollout.revision(), hash);
                session.progress().close();
                report("RolledBack", rollout.revision(), rollout.hash(), hosts.size());
                return true;
            }
        });
    }

    private static boolean isUnpromoted(List<Rollout> interrupted, Snapshot base) {
        return !interrupted.isEmpty()
                && !base.promoted(new ConfigHash(interrupted.getFirst().hash()));
    }

    private void showUndoing(List<Rollout> interrupted) {
        fleet.output.note(
                "would bring back the hosts of " + describe(interrupted.getFirst()) + ", as the ledger has them:");
        var before = new TreeMap<>(servedBefore(interrupted));
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
        before.forEach((host, hash) -> rows.add(List.of(
                host, hash.map(ConfigHash::abbreviated).orElse("served nothing: goes on with what it serves"))));
        Table.print(fleet.output.out(), rows);
        fleet.output.out().flush();
    }

    /** What was interrupted, for those who only look. */
    private List<Rollout> interrupted() {
        var table = fleet.openTable();
        try {
            return FleetLedger.look(table);
        } finally {
            table.ifPresent(FleetTable::close);
        }
    }

    private static boolean isGoingBack(Snapshot base, Rollout rollout) {
        return rollout.phase() != Rollout.Phase.ROLLING_BACK
                && base.currentHash()
                        .flatMap(base.history()::lastGoodBefore)
                        .filter(entry -> entry.hash().value().equals(rollout.hash()))
                        .isPresent();
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

    private static String describe(Rollout rollout) {
        return "deployment " + rollout.number() + " of revision " + rollout.revision() + " by " + rollout.by() + " ("
                + FleetHistoryCommand.word(rollout.phase()) + ")";
    }

    /**
     * What hosts served before a deployment that was interrupted, perhaps several times: the oldest word counts.
     *
     * @param interrupted the newest first
     */
    private static Map<String, Optional<ConfigHash>> servedBefore(List<Rollout> interrupted) {
        var known = new HashMap<String, Optional<ConfigHash>>();
        for (var rollout : interrupted) {
            for (var host : rollout.hosts()) {
                known.put(
                        host.host(),
                        host.previousHash().isEmpty()
                                ? Optional.empty()
                                : Optional.of(new ConfigHash(host.previousHash())));
            }
        }
        return known;
    }

    /** The same, and of a host that none has a word on what was promoted, if it serves the new one already. */
    private static FleetRollout.Before servedBefore(List<Rollout> interrupted, Snapshot base, ConfigHash hash) {
        var known = servedBefore(interrupted);
        return (host, active) ->
                known.getOrDefault(host, active.equals(Optional.of(hash)) ? base.currentHash() : active);
    }

    private Exit locked(String purpose, Work work) throws StoreException, InvalidLaunchConfigException {
        var opened = new ArrayList<FleetHost>();
        var store = fleet.store.open();
        var by = Deployer.name(store);
        var table = fleet.openTable();
        try (var progress = new FleetProgress(fleet.output, CLOCK);
                var ledger = FleetLedger.open(table, by.get(), purpose, progress, CLOCK)) {
            // An operator who ends it leaves no lock behind, for whoever goes on with it.
            var release = new Thread(ledger::close);
            Runtime.getRuntime().addShutdownHook(release);
            try {
                var session = new Session(table, ledger, progress, store, store.promotions(CLOCK), by, opened);
                return work.run(session) ? Exit.OK : Exit.NOTHING_CHANGED;
            } finally {
                Runtime.getRuntime().removeShutdownHook(release);
            }
        } finally {
            opened.forEach(FleetHost::close);
            table.ifPresent(FleetTable::close);
        }
    }

    /** @param interrupted what it goes on with, the newest first; empty if it begins */
    private boolean deploy(Session session, RolloutOptions.Maker maker, List<Rollout> interrupted)
            throws StoreException, InvalidLaunchConfigException {
        var base = session.promotions().readMended(session.progress()::step);
        var config = maker.make(session.store(), base);
        // What is promoted already is not gone back from.
        FleetRollout.Before before = interrupted.isEmpty() || base.promoted(config.hash())
                ? (host, active) -> active
                : servedBefore(interrupted, base, config.hash());
        var hosts = open(session);
        var rollout = rollout(session);
        rollout.checkToken(hosts);
        session.store().put(config);
        session.store().checkConditions(config);
        session.progress()
                .step("deploying revision " + config.revision() + " ("
                        + config.hash().abbreviated() + ") to " + hosts.size() + " hosts");
        var changed = rollout.run(
                hosts,
                before,
                () -> fleet.addresses.isEmpty() ? open(session) : List.of(),
                session.promotions(),
                base,
                config,
                session.by());
        session.progress().close();
        report(
                changed ? "Deployed" : "NothingChanged",
                config.revision(),
                config.hash().value(),
                hosts.size());
        return changed;
    }

    private FleetRollout rollout(Session session) {
        return new FleetRollout(
                session.ledger(),
                session.progress(),
                new FleetRollout.Care(quorum, batch, bake, maxErrors / 100, maxSlowdown, fleet.connection.timeout),
                fleet.parallel());
    }

    /** The hosts that are there now; those that were found before stay open as well. */
    private List<FleetHost> open(Session session) {
        var known = session.opened().stream().collect(Collectors.toMap(FleetHost::name, host -> host));
        var hosts = new ArrayList<FleetHost>();
        for (var found : fleet.present(session.table(), CLOCK)) {
            var host = known.get(found.name());
            if (host == null) {
                host = fleet.open(found);
                session.ledger().fence().ifPresent(host::fenced);
                session.opened().add(host);
            }
            hosts.add(host);
        }
        return hosts;
    }

    private void report(String what, String revision, String hash, int hosts) {
        if (fleet.output.json) {
            fleet.output.printLine(JsonNodeFactory.instance
                    .objectNode()
                    .put("Result", what)
                    .put("Revision", revision)
                    .put("Hash", hash)
                    .put("Hosts", hosts));
        } else {
            var named = revision + " (" + ShortId.of(hash) + ")";
            fleet.output
                    .out()
                    .println(
                            switch (what) {
                                case "Deployed" -> "deployed revision " + named + " to " + hosts + " hosts";
                                case "NothingChanged" ->
                                    "nothing changed: " + hosts + " hosts serve revision " + named
                                            + " already, and it is the promoted one. If its image was pushed again with "
                                            + "another content: deploy it under another tag, or by its digest";
                                default -> "rolled back revision " + named + " on " + hosts + " hosts";
                            });
        }
        fleet.output.out().flush();
    }
}
