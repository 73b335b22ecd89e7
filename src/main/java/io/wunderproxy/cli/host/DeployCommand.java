package io.wunderproxy.cli.host;

import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Does all steps of a deployment to one host. */
@Command(
        name = "deploy",
        description = {
            "Deploy to one host: store, launch, wait until healthy, switch, promote.",
            "",
            "The launch configuration is the current one with another image, or a file. It stops at the first failure, and the "
                    + "host keeps serving what it served. Two people may deploy at once: one of them learns that the other "
                    + "was faster."
        },
        footer = {
            "",
            "Examples:",
            "  The current configuration with another image:",
            "    wunderproxy deploy 4f2c1d -s my-bucket -p production",
            "  With another environment as well, first only to see what would change:",
            "    wunderproxy deploy 4f2c1d --env WORKERS=4 --unset-env DEBUG --dry-run",
            "  From a file, on another host:",
            "    wunderproxy deploy config.json -H https://10.0.0.7:8001"
        })
public final class DeployCommand implements Callable<Integer> {

    @Mixin
    RolloutOptions rollout;

    @Mixin
    NewConfigOptions config;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException {
        return rollout.run(config.maker()).code();
    }
}
