package io.wunderproxy.cli.fleet;

import io.wunderproxy.cli.host.NewConfigOptions;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Does all steps of a deployment to a fleet. */
@Command(
        name = "deploy",
        description = {
            "Deploy to all hosts of a fleet: launch everywhere, switch in batches, watch, promote.",
            "",
            "Nothing is switched before enough hosts have a healthy container. Those that have switched are watched:"
                    + " if they return more errors, or much slower, than the others, all hosts go back to what they"
                    + " served. Hosts that join meanwhile are brought along. With --table, one deployment runs at a time,"
                    + " and one that was interrupted can be resumed or rolled back by anybody."
        },
        footer = {
            "",
            "Examples:",
            "  To all members, a quarter at a time:",
            "    wunderproxy fleet deploy 4f2c1d --table wunderproxy -s my-bucket -p production",
            "  One host first, watched for five minutes; two hosts of all may be broken:",
            "    wunderproxy fleet deploy 4f2c1d --batch 1 --bake 5m --quorum 80%% --table wunderproxy -s my-bucket -p"
                    + " production",
            "  To EC2 instances by their tag, each through its own SSH server:",
            "    wunderproxy fleet deploy 4f2c1d --tag role=shop --via ssh://deploy@{host} -s my-bucket -p production"
        })
public final class FleetDeployCommand implements Callable<Integer> {

    @Mixin
    FleetRolloutOptions rollout;

    @Mixin
    NewConfigOptions config;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException, FleetException {
        return rollout.deploy("deploy " + config.what, config.maker()).code();
    }
}
