package io.wunderproxy.rollout;

import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.rollout.RolloutException.Kind;
import java.util.ArrayList;
import java.util.List;

/** The second step: hosts that are ready are switched some at a time, and watched before the next are. */
final class SwitchInBatches {

    private final RolloutContext rollout;
    private final HostSteps steps;
    private final Bake bake;

    SwitchInBatches(RolloutContext rollout) {
        this.rollout = rollout;
        this.steps = new HostSteps(rollout);
        this.bake = new Bake(rollout);
    }

    /**
     * @param all how many hosts the rollout is for
     * @throws RolloutException if too few hosts can serve it, or one serves it badly, or somebody else may deploy now
     */
    void switchAll(int all) {
        var attempts = rollout.attempts();
        var waiting = new ArrayList<>(attempts.at(Stage.CONFIRMED));
        var quorum = rollout.policy().quorum().of(all);
        var baseline = bake.baseline(waiting, Traffic.NONE);
        while (!waiting.isEmpty()) {
            rollout.ledger().ensureAlone();
            var batch = List.copyOf(
                    waiting.subList(0, Math.min(rollout.policy().batch().of(all), waiting.size())));
            waiting.removeAll(batch);
            rollout.parallel().forEach(batch, attempt -> steps.switchOver(attempt.host()));
            if (attempts.at(Stage.SWITCHED).size() + waiting.size() < quorum) {
                throw new RolloutException(Kind.NOT_HEALTHY, HostAttempts.problems(attempts.at(Stage.FAILED)));
            }
            bake.watch(waiting, baseline);
            baseline = bake.baseline(waiting, baseline);
            rollout.listener().step("switched " + attempts.at(Stage.SWITCHED).size() + " of " + all + " hosts");
        }
    }
}
