package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.ConfigMaker;
import io.wunderproxy.rollout.HostRollout;
import io.wunderproxy.store.StoreException;
import io.wunderproxy.time.MonotonicTime;
import java.time.Clock;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Options of the commands that change what a host serves, and what is promoted. */
@Command(
        exitCodeList = {
            ExitCodes.NOT_FOUND,
            ExitCodes.CONFLICT,
            ExitCodes.INVALID,
            ExitCodes.NOT_HEALTHY,
            ExitCodes.NOTHING_CHANGED
        })
public final class RolloutOptions {

    @Mixin
    ManagerOptions host;

    @Mixin
    StoreOptions store;

    @Mixin
    OutputOptions output;

    @Mixin
    DryRunOptions dryRun;

    @Option(names = "--wait", description = "Return when the old container has finished its requests and is gone.")
    boolean wait;

    /** Makes the configuration from what is promoted, deploys it to the host and reports the outcome. */
    Exit run(ConfigMaker maker) throws StoreException, InvalidLaunchConfigException {
        if (dryRun.asked) {
            dryRun.show(store, maker, output);
            return Exit.OK;
        }
        var configs = store.open();
        var promotions = configs.promotions(Clock.systemUTC());
        var base = promotions.readRepaired(output::note);
        var config = maker.make(configs, base);
        var deployedBy = Deployer.name(configs);
        try (var manager = host.manager();
                var progress = Progress.of(manager, config.hash().value(), output)) {
            var rollout =
                    new HostRollout(manager, configs, promotions, deployedBy, progress, MonotonicTime.OF_THE_MACHINE);
            var result = rollout.run(base, config);
            progress.result(() -> report(manager, base, config, result));
            if (wait) {
                rollout.awaitDrained(host.timeout());
            }
            return result.changed() ? Exit.OK : Exit.NOTHING_CHANGED;
        }
    }

    private void report(ManagerClient manager, Snapshot base, LaunchConfig config, HostRollout.Result result) {
        if (output.json) {
            output.print(JsonNodeFactory.instance
                    .objectNode()
                    .put("Revision", config.revision())
                    .put("Hash", config.hash().value())
                    .put("Image", config.image())
                    .put("Host", manager.address().toString())
                    .put("DeployedBy", result.deployedBy())
                    .put("Previous", base.currentHash().map(Object::toString).orElse(null))
                    .put("Changed", result.changed())
                    .put("Message", result.launched()));
        } else if (!result.changed()) {
            output.out()
                    .println("nothing changed: " + manager.address() + " serves revision " + config.revision() + " ("
                            + config.hash().abbreviated() + ") already, and it is the promoted one. If "
                            + config.image()
                            + " was pushed again with another content: deploy it under another tag, or by"
                            + " its digest, since what runs is never replaced by something of the same name");
            output.out().flush();
        } else {
            output.out()
                    .println("deployed revision " + config.revision() + " ("
                            + config.hash().abbreviated() + ") to " + manager.address());
            output.out().flush();
        }
    }
}
