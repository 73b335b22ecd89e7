package io.wunderproxy.rollout;

import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.util.List;
import java.util.Optional;

/** Ends a rollout that was interrupted before its promotion: every host goes back to what it served. */
final class Undo {

    private final RolloutContext rollout;

    Undo(RolloutContext rollout) {
        this.rollout = rollout;
    }

    /**
     * Brings the hosts back.
     *
     * @param target the configurations that they served before the rollout
     * @param revision of the rollout
     * @throws RolloutException if not all could be brought back
     */
    void undo(List<FleetHost> hosts, RevertTarget target, String revision) throws FleetException {
        var attempts = rollout.attempts();
        var steps = new HostSteps(rollout);
        rollout.ledger().begin(Phase.ROLLING_BACK, revision, rollout.hash(), Optional.empty());
        rollout.parallel().forEach(hosts, host -> steps.inspect(host, target));
        var left = new GoBack(rollout, Optional.empty()).revert(attempts.that(attempt -> !attempt.isAt(Stage.FAILED)));
        rollout.parallel().forEach(attempts.at(Stage.WAITING), this::discard);
        var failed = attempts.at(Stage.FAILED);
        if (!left.isEmpty() || !failed.isEmpty()) {
            var problem = left.isEmpty() ? HostAttempts.problems(failed) : left;
            rollout.ledger().phase(Phase.ROLLING_BACK, problem);
            throw new RolloutException(
                    Kind.NOT_HEALTHY,
                    "not all hosts could be brought back: " + problem
                            + "\n'wunderproxy fleet rollback' tries again; with the "
                            + "name of a revision, it deploys that instead");
        }
        rollout.ledger().phase(Phase.ROLLED_BACK, "");
    }

    /** Removes the launched container: a host that serves its target has no more than that of the new configuration. */
    private void discard(HostAttempt attempt) {
        try {
            if (!attempt.before().equals(Optional.of(rollout.hash()))) {
                attempt.host().discard(rollout.hash());
            }
            rollout.attempts().move(attempt.host(), Stage.BACK, "serves what it served before");
        } catch (ManagerException e) {
            rollout.attempts().move(attempt.host(), Stage.FAILED, e.getMessage());
        }
    }
}
