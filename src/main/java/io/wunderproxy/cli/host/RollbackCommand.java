package io.wunderproxy.cli.host;

import io.wunderproxy.cli.store.RollbackTarget;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Rolls back to an earlier configuration. */
@Command(
        name = "rollback",
        description = {
            "Deploy an earlier configuration of the history again.",
            "",
            "Without a name it is the one that was promoted before the current one, skipping those that were rolled "
                    + "back already."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy rollback -s my-bucket -p production",
            "  wunderproxy rollback 3b09aa -s my-bucket -p production --dry-run"
        })
public final class RollbackCommand implements Callable<Integer> {

    @Mixin
    RolloutOptions rollout;

    @Mixin
    RollbackTarget target;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException {
        return rollout.run(target.maker(rollout.store)).code();
    }
}
