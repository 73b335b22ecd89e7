package io.wunderproxy.cli.fleet;

import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.Status;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.Parallel;
import io.wunderproxy.cli.fleet.FleetProgress.Stage;
import io.wunderproxy.cli.host.HostDeployments;
import io.wunderproxy.fleet.HostOutcome.State;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.launchconfig.Promotions.LostRaceException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.HostTraffic;
import io.wunderproxy.rollout.Share;
import io.wunderproxy.store.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.stream.Collectors;

/**
 * Brings a configuration to all hosts of a fleet: launches it everywhere, switches in batches while it watches those that have
 * switched, and promotes it. If a step fails, what was switched is switched back, and what was launched is removed.
 */
final class FleetRollout {

    /** Fewer requests say nothing about errors. */
    private static final int ENOUGH_FOR_ERRORS = 20;

    /** From here on ten requests took longer than the percentile: a few that a short stall held up are no slowness. */
    private static final int ENOUGH_FOR_P90 = 100;

    private static final int ENOUGH_FOR_P99 = 1000;

    /** A single error among few requests is no rate. */
    private static final int FEW_ERRORS = 3;

    /** Times below this are too small for their ratio to mean anything. */
    private static final double SLOW_SECONDS = 0.05;

    private static final String LOG_FOLLOWS = "; its last log lines:";

    private static final Duration LOOK = Duration.ofSeconds(1);

    /** As long is tried to bring a host back to what it served. */
    private static final Duration BACK = Duration.ofMinutes(1);

    /** As often are hosts brought along that have joined meanwhile. */
    private static final int ROUNDS = 10;

    /**
     * How careful it is.
     *
     * @param quorum how many hosts must be able to serve the new configuration
     * @param batch how many are switched at a time
     * @param bake how long those that have switched are watched before the next batch
     * @param maxErrors how much higher the part of errors may be than on the hosts that were not switched yet, 0 to 1
     * @param maxSlowdown how many times longer 99 of 100 requests may take than there
     * @param timeout how long a launch may take
     */
    record Care(Share quorum, Share batch, Duration bake, double maxErrors, double maxSlowdown, Duration timeout) {}

    /** A host on its way. */
    private static final class Way {
        private final FleetHost host;
        private final Optional<ConfigHash> before;
        private volatile Stage stage = Stage.WAITING;
        private volatile boolean toldToLaunch;
        private volatile boolean toldToSwitch;
        private volatile String problem = "";

        /** The container that served when the host was looked at first, and the one that served at the last look. */
        private volatile String containerBefore = "";

        private volatile String containerNow = "";
        private volatile HostTraffic atStart = HostTraffic.NONE;

        Way(FleetHost host, Optional<ConfigHash> before) {
            this.host = host;
            this.before = before;
        }
    }

    private final FleetLedger ledger;
    private final FleetProgress progress;
    private final Care care;
    private final Parallel parallel;
    private final Map<String, Way> ways = new ConcurrentHashMap<>();
    private Optional<ConfigHash> promoted = Optional.empty();

    FleetRollout(FleetLedger ledger, FleetProgress progress, Care care, Parallel parallel) {
        this.ledger = ledger;
        this.progress = progress;
        this.care = care;
        this.parallel = parallel;
    }

    /** What a host is to go back to. */
    interface Before {
        /** @param active what it serves now */
        Optional<ConfigHash> of(String host, Optional<ConfigHash> active);
    }

    /** The hosts of the fleet, asked again. */
    interface Discovery {
        List<FleetHost> find();
    }

    /**
     * Finds out, before anything is changed anywhere, whether enough hosts take the token.
     *
     * @throws CommandFailure if not
     */
    void checkToken(List<FleetHost> hosts) {
        var refusals = parallel.map(hosts, FleetHost::refusal);
        var refused = refusals.stream().filter(Optional::isPresent).count();
        if (refused > 0 && hosts.size() - refused < care.quorum().of(hosts.size())) {
            var first = refusals.indexOf(
                    refusals.stream().filter(Optional::isPresent).findFirst().orElseThrow());
            throw new CommandFailure(
                    Exit.NOT_ALLOWED,
                    "nothing was changed: " + refused + " of " + hosts.size() + " hosts refuse the token; "
                            + hosts.get(first).name() + ": "
                            + refusals.get(first).orElseThrow());
        }
    }

    /**
     * Deploys.
     *
     * @param hosts where to
     * @param before what hosts served before it
     * @param discovery finds those that join meanwhile
     * @return false if the same containers serve as before, and the configuration was promoted before
     * @throws CommandFailure if it failed; the message says where, why, and what became of the others
     */
    boolean run(
            List<FleetHost> hosts,
            Before before,
            Discovery discovery,
            Promotions promotions,
            Snapshot base,
            LaunchConfig config,
            Supplier<String> by) {
        var hash = config.hash();
        promoted = base.currentHash();
        ledger.begin(Phase.LAUNCHING, config.revision(), hash, promoted);
        launchAll(hosts, before, hash);
        ledger.phase(Phase.SWITCHING, "");
        try {
            switchAll(hash, hosts.size());
            ledger.phase(Phase.PROMOTING, "");
            ledger.ensureAlone();
            promotions.promote(base, config, by.get());
        } catch (CommandFailure e) {
            throw failed(e.exit(), e.getMessage(), hash);
        } catch (LostRaceException e) {
            throw failed(Exit.CONFLICT, e.getMessage(), hash);
        } catch (InvalidLaunchConfigException e) {
            throw failed(Exit.INVALID, e.getMessage(), hash);
        } catch (StoreException e) {
            if (!isPromotedAfterAll(promotions, base, hash, e)) {
                throw failed(Exit.of(e), e.getMessage(), hash);
            }
        }
        if (!base.promoted(hash)) {
            progress.step("promoted revision " + config.revision());
        }
        try {
            bringAlong(discovery, hash);
        } catch (CommandFailure e) {
            progress.warn("promoted, but whether hosts have joined can't be told: " + e.getMessage());
        }
        var left = at(Stage.FAILED);
        ledger.phase(Phase.DONE, left.isEmpty() ? "" : "without " + names(left));
        if (!left.isEmpty()) {
            progress.warn(left.size() + " of " + ways.size() + " hosts do not serve it: " + problems(left));
        }
        return !base.promoted(hash)
                || !left.isEmpty()
                || ways.values().stream().anyMatch(way -> !way.containerNow.equals(way.containerBefore));
    }

    private static boolean isPromotedAfterAll(
            Promotions promotions, Snapshot base, ConfigHash hash, StoreException cause) {
        try {
            return promotions.settle(base, hash);
        } catch (StoreException | InvalidLaunchConfigException e) {
            throw new CommandFailure(
                    Exit.of(cause),
                    cause.getMessage()
                            + "; the hosts serve it, and whether it is promoted can't be told now: when the store is "
                            + "there again, 'wunderproxy fleet resume' goes on with it, and 'wunderproxy fleet rollback' goes back");
        }
    }

    // ---- launch ----

    private void launchAll(List<FleetHost> hosts, Before before, ConfigHash hash) {
        parallel.forEach(hosts, host -> {
            var way = look(host, before, hash);
            ways.put(host.name(), way);
            if (way.stage != Stage.FAILED) {
                launch(way, hash);
            }
        });
        var confirmed = at(Stage.CONFIRMED).size() + at(Stage.SWITCHED).size();
        var quorum = care.quorum().of(hosts.size());
        if (confirmed < quorum) {
            var reason = confirmed + " of " + hosts.size() + " hosts can serve it, and --quorum asks for " + quorum
                    + ": " + problems(at(Stage.FAILED));
            if (ways.values().stream().anyMatch(way -> way.toldToSwitch)) {
                throw failed(Exit.NOT_HEALTHY, reason, hash);
            }
            discard(hash);
            ledger.phase(Phase.FAILED, reason);
            throw new CommandFailure(Exit.NOT_HEALTHY, "nothing was switched: " + reason);
        }
        progress.step("healthy on " + confirmed + " of " + hosts.size() + " hosts");
    }

    private Way look(FleetHost host, Before before, ConfigHash hash) {
        try {
            progress.host(host.name(), Stage.WAITING, "");
            var status = host.status();
            var active = HostDeployments.active(status);
            var way = new Way(host, before.of(host.name(), active));
            // By a deployment that this one goes on with.
            way.toldToSwitch = active.equals(Optional.of(hash)) && !way.before.equals(active);
            way.atStart = HostTraffic.sinceStart(status);
            way.containerBefore = container(status);
            return way;
        } catch (CommandFailure e) {
            var way = new Way(host, before.of(host.name(), Optional.empty()));
            move(way, Stage.FAILED, e.getMessage());
            return way;
        }
    }

    private static String container(Status status) {
        return status.active().flatMap(DeploymentSummary::container).orElse("");
    }

    private void launch(Way way, ConfigHash hash) {
        try {
            move(way, Stage.LAUNCHING, "");
            way.toldToLaunch = true;
            way.host.launch(hash, care.timeout(), message -> progress.host(way.host.name(), Stage.LAUNCHING, message));
            move(way, way.toldToSwitch ? Stage.SWITCHED : Stage.CONFIRMED, "");
        } catch (CommandFailure e) {
            move(way, Stage.FAILED, withLog(e.getMessage(), way.host, hash));
        }
    }

    private static String withLog(String message, FleetHost host, ConfigHash hash) {
        var log = host.log(hash);
        return log.isEmpty() ? message : message + LOG_FOLLOWS + "\n  " + String.join("\n  ", log);
    }

    // ---- switch ----

    private void switchAll(ConfigHash hash, int all) {
        var waiting = new ArrayList<>(at(Stage.CONFIRMED));
        var quorum = care.quorum().of(all);
        var baseline = baseline(waiting, HostTraffic.NONE);
        while (!waiting.isEmpty()) {
            ledger.ensureAlone();
            var batch = List.copyOf(waiting.subList(0, Math.min(care.batch().of(all), waiting.size())));
            waiting.removeAll(batch);
            parallel.forEach(batch, way -> switchOne(way, hash));
            var able = at(Stage.SWITCHED).size() + waiting.size();
            if (able < quorum) {
                throw new CommandFailure(Exit.NOT_HEALTHY, problems(at(Stage.FAILED)));
            }
            bake(hash, waiting, baseline);
            baseline = baseline(waiting, baseline);
            progress.step("switched " + at(Stage.SWITCHED).size() + " of " + all + " hosts");
        }
    }

    private void switchOne(Way way, ConfigHash hash) {
        try {
            move(way, Stage.SWITCHING, "");
            way.toldToSwitch = true;
            way.host.switchTo(hash);
            move(way, Stage.SWITCHED, "");
        } catch (CommandFailure e) {
            // It may have been done although the answer was lost.
            if (serves(way.host, hash)) {
                move(way, Stage.SWITCHED, "");
            } else {
                move(way, Stage.FAILED, withLog(e.getMessage(), way.host, hash));
            }
        }
    }

    private static boolean serves(FleetHost host, ConfigHash hash) {
        try {
            return host.active().equals(Optional.of(hash));
        } catch (CommandFailure e) {
            return false;
        }
    }

    /** What the hosts that were not switched yet answered since the deployment began. */
    private HostTraffic baseline(List<Way> waiting, HostTraffic former) {
        if (waiting.isEmpty()) {
            return former;
        }
        var traffic = new ConcurrentHashMap<String, HostTraffic>();
        parallel.forEach(waiting, way -> {
            try {
                var now = HostTraffic.sinceStart(way.host.statusNow());
                traffic.put(way.host.name(), now.minus(way.atStart));
            } catch (CommandFailure e) {
                // One that can't be asked now says nothing.
            }
        });
        return HostTraffic.sum(traffic.values());
    }

    /** Watches those that have switched. */
    private void bake(ConfigHash hash, List<Way> waiting, HostTraffic former) {
        var until = System.nanoTime() + care.bake().toNanos();
        var silentSince = new ConcurrentHashMap<String, Long>();
        while (true) {
            pause(
                    silentSince.isEmpty()
                            ? Math.min(LOOK.toNanos(), Math.max(0, until - System.nanoTime()))
                            : LOOK.toNanos());
            var isOver = System.nanoTime() - until >= 0;
            var baseline = baseline(waiting, former);
            parallel.forEach(at(Stage.SWITCHED), way -> {
                try {
                    var status = way.host.statusNow();
                    silentSince.remove(way.host.name());
                    look(way, status, hash, baseline, isOver);
                } catch (CommandFailure e) {
                    var since = silentSince.computeIfAbsent(way.host.name(), name -> System.nanoTime());
                    if (System.nanoTime() - since > FleetHost.PATIENCE.toNanos()) {
                        move(way, Stage.FAILED, e.getMessage());
                    }
                }
            });
            var failed = ways.values().stream()
                    .filter(way -> way.stage == Stage.FAILED && silentSince.containsKey(way.host.name())
                            || way.stage == Stage.WORSE)
                    .toList();
            if (!failed.isEmpty()) {
                throw new CommandFailure(Exit.NOT_HEALTHY, problems(failed));
            }
            if (isOver && silentSince.isEmpty()) {
                return;
            }
        }
    }

    /**
     * Moves a host that is worse than the others to {@link Stage#WORSE}, with what is wrong.
     *
     * @param judgesTimes only at the end of a bake time, since the first requests after a switch find everything cold
     */
    private void look(Way way, Status status, ConfigHash hash, HostTraffic baseline, boolean judgesTimes) {
        var traffic = HostTraffic.sinceSwitch(status);
        way.containerNow = container(status);
        progress.host(way.host.name(), Stage.SWITCHED, traffic.toString());
        var active = status.active()
                .orElseThrow(() -> new CommandFailure(
                        Exit.UNAVAILABLE,
                        "it serves nothing: " + status.problem().orElse("starting")));
        if (!hash.value().equals(active.hash())) {
            fail(way, "it serves " + active.revision() + ": somebody else switched it", hash);
        } else if (active.isUnhealthy()) {
            fail(way, "it is unhealthy: " + active.healthReason().orElse(""), hash);
        } else if (traffic.requests() >= ENOUGH_FOR_ERRORS
                && traffic.errors() >= FEW_ERRORS
                && traffic.errorRate() > baseline.errorRate() + care.maxErrors()) {
            fail(way, compared("errors", traffic, baseline), hash);
        } else if (judgesTimes && isSlow(traffic, baseline)) {
            fail(way, compared("slower", traffic, baseline), hash);
        }
    }

    private boolean isSlow(HostTraffic traffic, HostTraffic baseline) {
        var fewest = Math.min(traffic.requests(), baseline.requests());
        if (fewest < ENOUGH_FOR_P90) {
            return false;
        }
        ToDoubleFunction<HostTraffic> percentile = fewest < ENOUGH_FOR_P99 ? HostTraffic::p90 : HostTraffic::p99;
        var seconds = percentile.applyAsDouble(traffic);
        var usual = percentile.applyAsDouble(baseline);
        // The percentiles of hosts without a request in the last minute are 0.
        return usual > 0 && seconds > SLOW_SECONDS && seconds > usual * care.maxSlowdown();
    }

    private static String compared(String what, HostTraffic traffic, HostTraffic baseline) {
        return what + " since the switch: " + traffic + "; the hosts before theirs: " + baseline;
    }

    private void fail(Way way, String problem, ConfigHash hash) {
        move(way, Stage.WORSE, withLog(problem, way.host, hash));
    }

    // ---- failure ----

    /** Brings every host back to what it served. */
    private CommandFailure failed(Exit exit, String problem, ConfigHash hash) {
        ledger.phase(Phase.ROLLING_BACK, problem);
        progress.warn(problem.lines().findFirst().orElse("").replace(LOG_FOLLOWS, "") + "; going back");
        var switched = ways.values().stream().filter(way -> way.toldToSwitch).toList();
        var outcome = goBack(switched, hash);
        discard(hash);
        ledger.phase(outcome.isEmpty() ? Phase.ROLLED_BACK : Phase.FAILED, problem);
        return new CommandFailure(
                exit,
                problem + "\n"
                        + (outcome.isEmpty()
                                ? "all hosts serve again what they served before; nothing was promoted"
                                : "nothing was promoted, but " + outcome
                                        + "; 'wunderproxy fleet status' shows who drifts"
                                        + promoted.map(ConfigHash::abbreviated)
                                                .map(name -> ", and when that is mended, 'wunderproxy fleet rollback "
                                                        + name + "' brings all hosts to what is promoted")
                                                .orElse("")));
    }

    /** Says which hosts could not be brought back; empty if all could. */
    private String goBack(List<Way> switched, ConfigHash hash) {
        var left = new ConcurrentHashMap<String, String>();
        parallel.forEach(switched, way -> {
            try {
                back(way, hash).ifPresent(problem -> left.put(way.host.name(), problem));
            } catch (CommandFailure e) {
                left.put(way.host.name(), "could not be switched back: " + e.getMessage());
                move(way, Stage.FAILED, e.getMessage());
            }
        });
        return left.entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .map(e -> e.getKey() + " " + e.getValue())
                .collect(Collectors.joining("; "));
    }

    private Optional<String> back(Way way, ConfigHash hash) {
        var until = System.nanoTime() + BACK.toNanos();
        while (true) {
            try {
                if (isBack(way, hash)) {
                    return Optional.empty();
                }
                if (way.before.isEmpty()) {
                    return Optional.of("served nothing before and goes on serving this");
                }
                var before = way.before.get();
                move(way, Stage.GOING_BACK, "");
                way.host.launch(before, care.timeout(), m -> progress.host(way.host.name(), Stage.GOING_BACK, m));
                way.host.switchTo(before);
                move(way, Stage.BACK, "");
                return Optional.empty();
            } catch (CommandFailure e) {
                if (e.exit() != Exit.UNAVAILABLE || System.nanoTime() - until > 0) {
                    throw e;
                }
            }
            pause(LOOK.toNanos());
        }
    }

    private static boolean isBack(Way way, ConfigHash hash) {
        var active = way.host.active();
        if (active.isEmpty() && way.before.isPresent()) {
            throw new CommandFailure(Exit.UNAVAILABLE, "it is starting, and serves nothing yet");
        }
        if (way.stage == Stage.FAILED && way.before.isPresent() && way.before.equals(active)) {
            // A switch whose answer was lost may be under way still: this one comes after it.
            way.host.switchTo(active.get());
            active = way.host.active();
        }
        return way.before.equals(active) || !active.equals(Optional.of(hash));
    }

    /** Removes what was launched and not switched to. */
    private void discard(ConfigHash hash) {
        var launched = ways.values().stream()
                .filter(way -> way.toldToLaunch && !way.toldToSwitch && !way.before.equals(Optional.of(hash)))
                .toList();
        parallel.forEach(launched, way -> {
            try {
                way.host.discard(hash);
                if (way.stage == Stage.CONFIRMED) {
                    move(way, Stage.BACK, "what was launched is removed");
                }
            } catch (CommandFailure e) {
                progress.warn(way.host.name() + ": what was launched stays until the next switch: " + e.getMessage());
            }
        });
    }

    /**
     * Ends a deployment that was interrupted before its promotion: every host goes back to what it served.
     *
     * @param before that
     */
    void undo(List<FleetHost> hosts, Before before, String revision, ConfigHash hash) {
        ledger.begin(Phase.ROLLING_BACK, revision, hash, Optional.empty());
        parallel.forEach(hosts, host -> {
            var way = look(host, before, hash);
            ways.put(host.name(), way);
        });
        var outcome = goBack(
                ways.values().stream().filter(way -> way.stage != Stage.FAILED).toList(), hash);
        parallel.forEach(at(Stage.WAITING), way -> {
            try {
                if (!way.before.equals(Optional.of(hash))) {
                    way.host.discard(hash);
                }
                move(way, Stage.BACK, "serves what it served before");
            } catch (CommandFailure e) {
                move(way, Stage.FAILED, e.getMessage());
            }
        });
        var failed = at(Stage.FAILED);
        if (!outcome.isEmpty() || !failed.isEmpty()) {
            var problem = outcome.isEmpty() ? problems(failed) : outcome;
            ledger.phase(Phase.ROLLING_BACK, problem);
            throw new CommandFailure(
                    Exit.NOT_HEALTHY,
                    "not all hosts could be brought back: " + problem
                            + "\n'wunderproxy fleet rollback' tries again; with the "
                            + "name of a revision, it deploys that instead");
        }
        ledger.phase(Phase.ROLLED_BACK, "");
    }

    // ---- those that join ----

    /**
     * A host becomes a member before it reads what is promoted: one that is not found after the promotion will read the promoted
     * configuration by itself.
     */
    private void bringAlong(Discovery discovery, ConfigHash hash) {
        for (var round = 0; round < ROUNDS; round++) {
            var joined = discovery.find().stream()
                    .filter(host -> !ways.containsKey(host.name()))
                    .toList();
            if (joined.isEmpty()) {
                return;
            }
            progress.step("bringing along who has joined: "
                    + joined.stream().map(FleetHost::name).collect(Collectors.joining(", ")));
            parallel.forEach(joined, host -> {
                var way = look(host, (name, active) -> active, hash);
                ways.put(host.name(), way);
                if (way.stage != Stage.FAILED) {
                    launch(way, hash);
                }
                if (way.stage == Stage.CONFIRMED) {
                    switchOne(way, hash);
                }
            });
        }
    }

    // ---- one and all ----

    private void move(Way way, Stage stage, String message) {
        way.stage = stage;
        if (stage == Stage.FAILED || stage == Stage.WORSE) {
            way.problem = message;
        }
        progress.host(way.host.name(), stage, message);
        switch (stage) {
            case LAUNCHING -> ledger.host(way.host, way.before, State.LAUNCHING, message);
            case CONFIRMED -> ledger.host(way.host, way.before, State.CONFIRMED, message);
            case SWITCHED -> ledger.host(way.host, way.before, State.SWITCHED, message);
            case FAILED, WORSE -> ledger.host(way.host, way.before, State.FAILED, message);
            case BACK -> ledger.host(way.host, way.before, State.ROLLED_BACK, message);
            case WAITING, SWITCHING, GOING_BACK -> {}
        }
    }

    private List<Way> at(Stage stage) {
        return ways.values().stream().filter(way -> way.stage == stage).toList();
    }

    private static String names(List<Way> some) {
        return some.stream().map(way -> way.host.name()).sorted().collect(Collectors.joining(", "));
    }

    private static String problems(List<Way> failed) {
        return failed.stream()
                .map(way -> way.host.name() + ": " + way.problem)
                .sorted()
                .collect(Collectors.joining("; "));
    }

    private static void pause(long nanos) {
        try {
            Thread.sleep(Duration.ofNanos(nanos));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }
}
