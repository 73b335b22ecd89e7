package io.wunderproxy.rollout;

import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.launchconfig.Promotions.LostRaceException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.RolloutException.Kind;
import io.wunderproxy.store.StoreException;
import java.util.List;
import java.util.function.Supplier;

/**
 * Brings a configuration to all hosts of a fleet: launches it everywhere, switches in batches while it watches those that have
 * switched, promotes it, and brings along hosts that have joined. If a step before the promotion fails, switched hosts are
 * switched back, and launched containers are removed.
 */
final class FleetRollout {

    private final RolloutContext rollout;
    private final Promotions promotions;
    private final Supplier<String> by;

    /** @param by who deploys, for the history */
    FleetRollout(RolloutContext rollout, Promotions promotions, Supplier<String> by) {
        this.rollout = rollout;
        this.promotions = promotions;
        this.by = by;
    }

    /**
     * Deploys.
     *
     * @param hosts the hosts to deploy to
     * @param target what they go back to if it fails
     * @param latecomers finds hosts that join during the rollout
     * @param base what was promoted when the configuration was made: it is replaced, nothing else
     * @return false if the same containers serve as before, and the configuration was promoted before
     * @throws RolloutException if it failed; the message says where, why, and what became of the others
     */
    boolean run(List<FleetHost> hosts, RevertTarget target, FleetHosts latecomers, Snapshot base, LaunchConfig config)
            throws FleetException {
        var hash = rollout.hash();
        var attempts = rollout.attempts();
        var goBack = new GoBack(rollout, base.currentHash());
        rollout.ledger().begin(Phase.LAUNCHING, config.revision(), hash, base.currentHash());
        launch(hosts, target, goBack);
        rollout.ledger().phase(Phase.SWITCHING, "");
        switchAll(hosts.size(), goBack);
        promote(base, config, goBack);
        if (!base.promoted(hash)) {
            rollout.listener().step("promoted revision " + config.revision());
        }
        bringAlong(latecomers);
        var left = attempts.at(Stage.FAILED);
        rollout.ledger().phase(Phase.DONE, left.isEmpty() ? "" : "without " + HostAttempts.names(left));
        if (!left.isEmpty()) {
            rollout.listener()
                    .warn(left.size() + " of " + attempts.size() + " hosts do not serve it: "
                            + HostAttempts.problems(left));
        }
        return !base.promoted(hash)
                || !left.isEmpty()
                || !attempts.that(HostAttempt::hasChanged).isEmpty();
    }

    private void launch(List<FleetHost> hosts, RevertTarget target, GoBack goBack) {
        var shortfall = new LaunchEverywhere(rollout).launch(hosts, target);
        if (shortfall.isPresent()) {
            var failure = new RolloutException(Kind.NOT_HEALTHY, shortfall.get());
            // The rollout that this one continues has switched them.
            var switched = rollout.attempts().that(HostAttempt::switchAsked);
            throw switched.isEmpty() ? goBack.beforeSwitching(failure) : goBack.because(failure);
        }
    }

    private void switchAll(int all, GoBack goBack) {
        try {
            new SwitchInBatches(rollout).switchAll(all);
            rollout.ledger().phase(Phase.PROMOTING, "");
            rollout.ledger().ensureAlone();
        } catch (RolloutException e) {
            throw goBack.because(e);
        }
    }

    private void promote(Snapshot base, LaunchConfig config, GoBack goBack) {
        try {
            promotions.promote(base, config, by.get());
        } catch (LostRaceException e) {
            throw goBack.because(new RolloutException(Kind.CONFLICT, e.getMessage()));
        } catch (InvalidLaunchConfigException e) {
            throw goBack.because(new RolloutException(Kind.INVALID, e.getMessage()));
        } catch (StoreException e) {
            if (!isPromotedAfterAll(base, e)) {
                throw goBack.because(RolloutException.store(e, e.getMessage()));
            }
        }
    }

    private boolean isPromotedAfterAll(Snapshot base, StoreException cause) {
        try {
            return promotions.settle(base, rollout.hash());
        } catch (StoreException | InvalidLaunchConfigException e) {
            throw RolloutException.store(
                    cause,
                    cause.getMessage()
                            + "; the hosts serve it, and whether it is promoted is unknown: when the store is"
                            + " there again, 'wunderproxy fleet resume' continues it, and 'wunderproxy fleet"
                            + " rollback' goes back");
        }
    }

    private void bringAlong(FleetHosts latecomers) {
        try {
            new BringAlong(rollout).bring(latecomers);
        } catch (FleetException | RolloutException e) {
            rollout.listener().warn("promoted, but whether hosts have joined is unknown: " + e.getMessage());
        }
    }
}
