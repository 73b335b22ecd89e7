package io.wunderproxy.rollout;

import io.wunderproxy.client.ManagerException;
import java.util.Optional;

/** The steps of a rollout on one host up to the new configuration. They throw nothing: a failure is the host's stage. */
final class HostSteps {

    /** The text between a problem and the log of the container. */
    static final String LOG_FOLLOWS = "; its last log lines:";

    private final RolloutContext rollout;

    HostSteps(RolloutContext rollout) {
        this.rollout = rollout;
    }

    /** Begins with a host: finds out what it serves. */
    HostAttempt inspect(FleetHost host, RevertTarget target) {
        rollout.listener().host(host.name(), Stage.WAITING, "");
        try {
            var status = host.status();
            var before = target.of(host.name(), Serving.of(status).hash());
            var attempt = HostAttempt.seen(host, before, status, rollout.hash());
            rollout.attempts().begin(attempt);
            return attempt;
        } catch (ManagerException e) {
            rollout.attempts().begin(HostAttempt.unseen(host, target.of(host.name(), Optional.empty())));
            return rollout.attempts().move(host, Stage.FAILED, e.getMessage());
        }
    }

    /** Launches the new configuration there, and waits until it is healthy. */
    HostAttempt launch(FleetHost host) {
        var attempts = rollout.attempts();
        attempts.move(host, Stage.LAUNCHING, "");
        var asked = attempts.change(host, HostAttempt::askedToLaunch);
        try {
            host.launch(rollout.hash(), rollout.policy().timeout(), message -> rollout.listener()
                    .host(host.name(), Stage.LAUNCHING, message));
        } catch (ManagerException e) {
            return fail(host, Stage.FAILED, e.getMessage());
        }
        return attempts.move(host, asked.switchAsked() ? Stage.SWITCHED : Stage.CONFIRMED, "");
    }

    /** Switches the host to the new configuration. */
    void switchOver(FleetHost host) {
        var attempts = rollout.attempts();
        attempts.move(host, Stage.SWITCHING, "");
        attempts.change(host, HostAttempt::askedToSwitch);
        try {
            host.switchTo(rollout.hash());
        } catch (ManagerException e) {
            // It may have been done although the response was lost.
            if (!serves(host)) {
                fail(host, Stage.FAILED, e.getMessage());
                return;
            }
        }
        attempts.move(host, Stage.SWITCHED, "");
    }

    private boolean serves(FleetHost host) {
        try {
            return host.serving().is(rollout.hash());
        } catch (ManagerException e) {
            return false;
        }
    }

    /** Moves the host to a bad stage, with the last log lines of its container. */
    HostAttempt fail(FleetHost host, Stage stage, String problem) {
        var log = host.log(rollout.hash());
        return rollout.attempts()
                .move(host, stage, log.isEmpty() ? problem : problem + LOG_FOLLOWS + "\n  " + String.join("\n  ", log));
    }
}
