package io.wunderproxy.rollout;

import io.wunderproxy.fleet.FleetException;
import java.util.stream.Collectors;

/**
 * The last step: hosts that joined during the rollout get the new configuration too. A host becomes a member before it reads what
 * is promoted: one that is not found after the promotion will read the promoted configuration by itself.
 */
final class BringAlong {

    /** Most passes over hosts that joined during the rollout. */
    static final int MAX_LATECOMER_PASSES = 10;

    private final RolloutContext rollout;
    private final HostSteps steps;

    BringAlong(RolloutContext rollout) {
        this.rollout = rollout;
        this.steps = new HostSteps(rollout);
    }

    /** Brings along the hosts that are found now and that the rollout does not know. */
    void bring(FleetHosts latecomers) throws FleetException {
        for (var pass = 0; pass < MAX_LATECOMER_PASSES; pass++) {
            var joined = latecomers.joined().stream()
                    .filter(host -> !rollout.attempts().isKnown(host))
                    .toList();
            if (joined.isEmpty()) {
                return;
            }
            rollout.listener()
                    .step("bringing hosts along that have joined: "
                            + joined.stream().map(FleetHost::name).collect(Collectors.joining(", ")));
            rollout.parallel().forEach(joined, host -> {
                if (steps.inspect(host, RevertTarget.AS_IT_IS).isAt(Stage.FAILED)) {
                    return;
                }
                if (steps.launch(host).isAt(Stage.CONFIRMED)) {
                    steps.switchOver(host);
                }
            });
        }
    }
}
