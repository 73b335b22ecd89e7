package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.launchconfig.ConfigDifference;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.Promotions;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.launchconfig.StoreException;
import java.time.Clock;
import java.time.Duration;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What the commands that change what a host serves, and what is promoted, have in common. */
final class RolloutOptions {

    private static final Duration STATUS_PAUSE = Duration.ofMillis(300);

    @Mixin
    ManagerOptions host;

    @Mixin
    StoreOptions store;

    @Mixin
    OutputOptions output;

    @Option(names = "--dry-run", description = "Show the difference to the current configuration, and do nothing.")
    boolean dryRun;

    @Option(names = "--wait", description = "Return when the old container has finished its requests and is gone.")
    boolean wait;

    @Option(
            names = "--reveal",
            description = "Show values that look secret by their names in the difference; else they are masked.")
    boolean reveal;

    /** Makes the configuration that shall be the current one. */
    interface Maker {
        LaunchConfig make(LaunchConfigStore store, Snapshot base) throws StoreException, InvalidLaunchConfigException;
    }

    /** Makes the configuration from what is promoted, and brings it to the host. */
    void run(Maker maker) throws StoreException, InvalidLaunchConfigException {
        var configs = store.open();
        var promotions = configs.promotions(Clock.systemUTC());
        if (dryRun) {
            var base = promotions.read();
            if (base.interrupted()) {
                output.note("the last promotion was broken off; a deployment completes it first");
            }
            showDifference(base, maker.make(configs, base));
            return;
        }
        var base = mended(promotions);
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
        }
    }

    private Snapshot mended(Promotions promotions) throws StoreException, InvalidLaunchConfigException {
        var found = promotions.read();
        var mended = promotions.mend(found);
        mended.ifPresent(output::note);
        return found.interrupted() ? promotions.read() : found;
    }

    private void showDifference(Snapshot base, LaunchConfig config) {
        var before = base.current().orElse(new byte[] {'{', '}'});
        ConfigCommand.printChanges(ConfigDifference.between(before, config.document()), new Secrets(reveal), output);
    }

    /** Old containers finish what they have: the agent bounds the time of that. */
    private void awaitDrained(Manager manager) {
        var until = System.nanoTime() + host.timeout().toNanos();
        while (manager.status()
                .path("Deployments")
                .valueStream()
                .map(d -> d.path("State").asText())
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

    private void report(Manager manager, Snapshot base, LaunchConfig config, HostRollout.Result result) {
        if (output.json) {
            output.print(JsonNodeFactory.instance
                    .objectNode()
                    .put("Revision", config.revision())
                    .put("Hash", config.hash().value())
                    .put("Image", config.image())
                    .put("Host", manager.address().toString())
                    .put("DeployedBy", result.deployedBy())
                    .put("Previous", base.currentHash().map(Object::toString).orElse(null))
                    .put("Message", result.launched()));
        } else {
            output.out()
                    .println("deployed revision " + config.revision() + " ("
                            + config.hash().abbreviated() + ") to " + manager.address());
            output.out().flush();
        }
    }
}
