package io.wunderproxy.cli.host;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Goes back to an earlier configuration. */
@Command(
        name = "rollback",
        description = {
            "Deploy an earlier configuration of the history again.",
            "",
            "Without a name it is the one that was promoted before the current one, passing over those that were gone back "
                    + "from already."
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

    @Parameters(
            arity = "0..1",
            paramLabel = "<revision>",
            description = "A revision or hash of the history. Default: the last good one")
    String name;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException {
        return rollout.run((store, base) -> StoreOptions.find(store, target(name, rollout.store, base)))
                .code();
    }

    /** The configuration with this name; without one, what to go back to. */
    public static ConfigHash target(String name, StoreOptions store, Snapshot base)
            throws StoreException, InvalidLaunchConfigException {
        if (name != null) {
            return store.hash(name);
        }
        var current = base.currentHash()
                .orElseThrow(
                        () -> new CommandFailure(Exit.NOT_FOUND, "nothing was promoted yet: nothing to go back from"));
        return base.history()
                .lastGoodBefore(current)
                .orElseThrow(() -> new CommandFailure(
                        Exit.NOT_FOUND,
                        "the history has nothing before this; name a revision, see 'wunderproxy history'"))
                .hash();
    }
}
