package io.wunderproxy.rollout;

import io.wunderproxy.api.Identity;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.rollout.FleetHost.Greeting;
import io.wunderproxy.rollout.RolloutException.Kind;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.MonotonicTime;
import java.time.Clock;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Changes what a fleet serves, under the lock: deploys, continues a deployment that was interrupted, or rolls back. Failures of
 * its own are {@link RolloutException}s.
 */
public final class FleetSession {

    private final Fleet fleet;
    private final LaunchConfigStore store;
    private final Promotions promotions;
    private final Supplier<String> by;
    private final RolloutPolicy policy;
    private final RolloutListener listener;
    private final Clock clock;
    private final MonotonicTime time;

    /**
     * The hosts of a fleet, its records, and how many hosts are called at a time.
     *
     * @param records empty for a list of hosts without a table
     */
    public record Fleet(Optional<FleetRecords> records, Discovery discovery, Parallel parallel) {}

    /** How a session ended. */
    public enum Outcome {
        DEPLOYED,
        /** All hosts served it already, and it was promoted. */
        NOTHING_CHANGED,
        ROLLED_BACK
    }

    /**
     * The result of a session.
     *
     * @param hash of the configuration that was deployed or rolled back
     * @param hosts how many there were when it began
     */
    public record Result(Outcome outcome, String revision, ConfigHash hash, int hosts) {}

    /** @param by who deploys */
    public FleetSession(
            Fleet fleet,
            LaunchConfigStore store,
            Supplier<String> by,
            RolloutPolicy policy,
            RolloutListener listener,
            Clock clock,
            MonotonicTime time) {
        this.fleet = fleet;
        this.store = store;
        this.promotions = store.promotions(clock);
        this.by = by;
        this.policy = policy;
        this.listener = listener;
        this.clock = clock;
        this.time = time;
    }

    /** Work under the lock. */
    private interface Work {
        Result with(RolloutLedger ledger, FleetHosts hosts)
                throws StoreException, InvalidLaunchConfigException, FleetException;
    }

    /**
     * Makes the configuration from what is promoted, and brings it to the fleet.
     *
     * @param purpose the reason, for others who want the lock
     */
    public Result deploy(String purpose, ConfigMaker maker)
            throws StoreException, InvalidLaunchConfigException, FleetException {
        return locked(purpose, (ledger, hosts) -> {
            Interrupted.of(fleet.records()).refuseToPassBy();
            return deploy(ledger, hosts, maker, new Interrupted(List.of()));
        });
    }

    /** Continues a deployment that was interrupted. */
    public Result resume() throws StoreException, InvalidLaunchConfigException, FleetException {
        return locked("resume", (ledger, hosts) -> {
            var interrupted = Interrupted.of(fleet.records());
            var maker = interrupted.toResume();
            listener.step("continuing " + interrupted.describe());
            return deploy(ledger, hosts, maker, interrupted);
        });
    }

    /**
     * Brings the fleet back: from a deployment that was interrupted, else to an earlier configuration.
     *
     * @param maker of the earlier configuration
     * @param named whether the user has named it, so that it is deployed in any case
     */
    public Result rollBack(ConfigMaker maker, boolean named)
            throws StoreException, InvalidLaunchConfigException, FleetException {
        return locked("rollback", (ledger, hosts) -> {
            var interrupted = Interrupted.of(fleet.records());
            var base = promotions.readRepaired(listener::step);
            return switch (named ? Interrupted.Remedy.DEPLOY : interrupted.remedy(base)) {
                case DEPLOY -> deploy(ledger, hosts, maker, new Interrupted(List.of()));
                case RESUME -> deploy(ledger, hosts, maker, interrupted);
                case UNDO -> {
                    listener.step("bringing back the hosts of " + interrupted.describe());
                    var found = hosts.find();
                    new Undo(context(interrupted.hash(), ledger))
                            .undo(found, interrupted.target(base), interrupted.revision());
                    yield new Result(Outcome.ROLLED_BACK, interrupted.revision(), interrupted.hash(), found.size());
                }
            };
        });
    }

    /** @param interrupted the deployment that it continues */
    private Result deploy(RolloutLedger ledger, FleetHosts hosts, ConfigMaker maker, Interrupted interrupted)
            throws StoreException, InvalidLaunchConfigException, FleetException {
        var base = promotions.readRepaired(listener::step);
        var config = maker.make(store, base);
        // A configuration that is promoted already is not rolled back.
        var target = interrupted.attempts().isEmpty() || base.promoted(config.hash())
                ? RevertTarget.AS_IT_IS
                : interrupted.target(base);
        var found = hosts.find();
        var greetings = fleet.parallel().map(found, FleetHost::greeting);
        checkToken(found, greetings.stream().map(Greeting::refusal).toList());
        FieldCheck.check(config, identities(found, greetings));
        store.put(config);
        store.checkConditions(config);
        listener.step("deploying revision " + config.revision() + " ("
                + config.hash().abbreviated() + ") to " + found.size() + " hosts");
        var changed = new FleetRollout(context(config.hash(), ledger), promotions, by)
                .run(found, target, hosts, base, config);
        return new Result(
                changed ? Outcome.DEPLOYED : Outcome.NOTHING_CHANGED, config.revision(), config.hash(), found.size());
    }

    private RolloutContext context(ConfigHash hash, RolloutLedger ledger) {
        return new RolloutContext(
                hash, new HostAttempts(listener, ledger), ledger, listener, policy, fleet.parallel(), time);
    }

    /**
     * Checks, before anything is changed anywhere, that enough hosts accept the token.
     *
     * @param refusals the messages of hosts that refuse it, in the order of the hosts
     * @throws RolloutException if not
     */
    private void checkToken(List<FleetHost> hosts, List<Optional<String>> refusals) {
        var refused = refusals.stream().filter(Optional::isPresent).count();
        if (refused > 0 && hosts.size() - refused < policy.quorum().of(hosts.size())) {
            var first = refusals.indexOf(
                    refusals.stream().filter(Optional::isPresent).findFirst().orElseThrow());
            throw new RolloutException(
                    Kind.NOT_ALLOWED,
                    "nothing was changed: " + refused + " of " + hosts.size() + " hosts refuse the token; "
                            + hosts.get(first).name() + ": "
                            + refusals.get(first).orElseThrow());
        }
    }

    /** The identities of the hosts that have given one, by their names. */
    private static Map<String, Identity> identities(List<FleetHost> hosts, List<Greeting> greetings) {
        var identities = new HashMap<String, Identity>();
        for (var i = 0; i < hosts.size(); i++) {
            var name = hosts.get(i).name();
            greetings.get(i).identity().ifPresent(identity -> identities.put(name, identity));
        }
        return identities;
    }

    private Result locked(String purpose, Work work)
            throws StoreException, InvalidLaunchConfigException, FleetException {
        try (var ledger = RolloutLedger.open(fleet.records(), by.get(), purpose, listener, clock);
                var hosts = new FleetHosts(fleet.discovery(), time, ledger.fence())) {
            // An operator who ends it leaves no lock behind, so that anybody can continue.
            var release = new Thread(ledger::close);
            Runtime.getRuntime().addShutdownHook(release);
            try {
                return work.with(ledger, hosts);
            } finally {
                Runtime.getRuntime().removeShutdownHook(release);
            }
        }
    }
}
