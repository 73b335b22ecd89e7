package io.wunderproxy.cli.host;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that change what a host serves, and what is promoted, have in common. */
public final class RolloutOptions {

    private static final Duration STATUS_PAUSE = Duration.ofMillis(300);

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

    /** Makes the configuration that shall be the current one. */
    public interface Maker {
        LaunchConfig make(LaunchConfigStore store, Snapshot base) throws StoreException, InvalidLaunchConfigException;
    }

    /** Makes the configuration from what is promoted, and brings it to the host; says what came of it. */
    Exit run(Maker maker) throws StoreException, InvalidLaunchConfigException {
        if (dryRun.asked) {
            dryRun.show(store, maker, output);
            return Exit.OK;
        }
        var configs = store.open();
        var promotions = configs.promotions(Clock.systemUTC());
        var base = promotions.readMended(output::note);
        var config = maker.make(configs, base);
        var deployedBy = Deployer.name(configs);
        try (var manager = host.manager();
                var progress = Progress.of(manager, config.hash().value(), output)) {
            var result = new HostRollout(manager, configs, promotions, deployedBy).run(base, config, progress);
            progress.end();
            report(manager, base, config, result);
            if (wait) {
                awaitDrained(manager);
            }
            return result.changed() ? Exit.OK : Exit.NOTHING_CHANGED;
        }
    }

    /** Old containers finish what they have: the agent bounds the time of that. */
    private void awaitDrained(ManagerClient manager) {
        var until = System.nanoTime() + host.timeout().toNanos();
        while (manager.status().deployments().stream()
                .map(DeploymentSummary::state)
                .anyMatch(state -> state.equals("draining") || state.equals("retiring"))) {
            if (System.nanoTime() - until > 0) {
                throw new CommandFailure("deployed, but the old container is not gone within --timeout");
            }
            try {
                Thread.sleep(STATUS_PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
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
