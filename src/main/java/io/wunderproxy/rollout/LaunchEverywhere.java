package io.wunderproxy.rollout;

import java.util.List;
import java.util.Optional;

/** The first step: every host launches the new configuration beside what it serves. */
final class LaunchEverywhere {

    private final RolloutContext rollout;
    private final HostSteps steps;

    LaunchEverywhere(RolloutContext rollout) {
        this.rollout = rollout;
        this.steps = new HostSteps(rollout);
    }

    /** @return why too few hosts have a healthy container; empty if the quorum has one */
    Optional<String> launch(List<FleetHost> hosts, RevertTarget target) {
        var attempts = rollout.attempts();
        rollout.parallel().forEach(hosts, host -> {
            if (!steps.inspect(host, target).isAt(Stage.FAILED)) {
                steps.launch(host);
            }
        });
        var able = attempts.at(Stage.CONFIRMED).size()
                + attempts.at(Stage.SWITCHED).size();
        var quorum = rollout.policy().quorum().of(hosts.size());
        if (able < quorum) {
            return Optional.of(able + " of " + hosts.size() + " hosts can serve it, and --quorum asks for " + quorum
                    + ": " + HostAttempts.problems(attempts.at(Stage.FAILED)));
        }
        rollout.listener().step("healthy on " + able + " of " + hosts.size() + " hosts");
        return Optional.empty();
    }
}
