package io.wunderproxy.cli.fleet;

import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Resumes an interrupted rollout. */
@Command(
        name = "resume",
        description = {
            "Continue a deployment to a fleet that was interrupted.",
            "",
            "Anybody may do that, from any machine: the table knows what was deployed and what each host served"
                    + " before. A deployment that was killed holds the lock for a minute."
        },
        footer = {"", "Examples:", "  wunderproxy fleet resume --table wunderproxy -s my-bucket -p production"})
public final class FleetResumeCommand implements Callable<Integer> {

    @Mixin
    FleetRolloutOptions rollout;

    @Override
    public Integer call() throws StoreException, InvalidLaunchConfigException, FleetException {
        return rollout.resume().code();
    }
}
