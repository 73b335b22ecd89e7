package io.wunderproxy.cli.fleet;

import io.wunderproxy.cli.store.RollbackTarget;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Rolls all hosts back to an earlier configuration. */
@Command(
        name = "rollback",
        description = {
            "Bring all hosts of a fleet back.",
            "",
            "After a deployment that was interrupted before its promotion, each host goes back to what it served. Else"
                    + " an earlier configuration of the history is deployed again: without a name, the one that was"
                    + " promoted before the current one, skipping those that were rolled back already."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy fleet rollback --table wunderproxy -s my-bucket -p production",
            "  At once everywhere, to a revision that is known to be good:",
            "    wunderproxy fleet rollback 3b09aa --batch 100%% --bake 0s --table wunderproxy -s my-bucket -p"
                    + " production"
        })
public final class FleetRollbackCommand implements Callable<Integer> {

    @Mixin
    FleetRolloutOptions rollout;

    @Mixin
    RollbackTarget target;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException, FleetException {
        return rollout.rollBack(target).code();
    }
}
