package io.wunderproxy.cli.host;

import io.wunderproxy.cli.Secrets;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.cli.store.ConfigCommand;
import io.wunderproxy.cli.store.StoreOptions;
import io.wunderproxy.launchconfig.ConfigDifference;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.ConfigMaker;
import io.wunderproxy.store.StoreException;
import picocli.CommandLine.Option;

/** Whether a deployment is only shown. */
public final class DryRunOptions {

    @Option(names = "--dry-run", description = "Show the difference to the current configuration, and do nothing.")
    public boolean asked;

    @Option(
            names = "--reveal",
            description = "Show values that look secret by their names in the difference; else they are masked.")
    boolean reveal;

    /** Reads what a deployment would find promoted. */
    public Snapshot base(StoreOptions store, OutputOptions output) throws StoreException, InvalidLaunchConfigException {
        var promotions = store.promotions();
        var found = promotions.read();
        if (found.interrupted()) {
            output.note("the last promotion was broken off; a deployment completes or undoes it first");
        }
        return promotions.preview(found);
    }

    /** Shows what would change. */
    public void show(StoreOptions store, ConfigMaker maker, OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        show(store, base(store, output), maker, output);
    }

    /** @param base what {@link #base} found */
    public void show(StoreOptions store, Snapshot base, ConfigMaker maker, OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        var before = base.current().orElse(new byte[] {'{', '}'});
        var config = maker.make(store.open(), base);
        ConfigCommand.printChanges(ConfigDifference.between(before, config.document()), new Secrets(reveal), output);
        config.warnings().forEach(warning -> output.note("warning: " + warning));
    }
}
