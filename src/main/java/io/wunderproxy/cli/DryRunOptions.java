package io.wunderproxy.cli;

import io.wunderproxy.launchconfig.ConfigDifference;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.launchconfig.StoreException;
import picocli.CommandLine.Option;

/** Whether a deployment is only shown. */
final class DryRunOptions {

    @Option(names = "--dry-run", description = "Show the difference to the current configuration, and do nothing.")
    boolean asked;

    @Option(
            names = "--reveal",
            description = "Show values that look secret by their names in the difference; else they are masked.")
    boolean reveal;

    /** What a deployment would find promoted. */
    Snapshot base(StoreOptions store, OutputOptions output) throws StoreException, InvalidLaunchConfigException {
        var promotions = store.promotions();
        var found = promotions.read();
        if (found.interrupted()) {
            output.note("the last promotion was broken off; a deployment completes or undoes it first");
        }
        return promotions.preview(found);
    }

    /** Shows what would change. */
    void show(StoreOptions store, RolloutOptions.Maker maker, OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        show(store, base(store, output), maker, output);
    }

    /** @param base what {@link #base} found */
    void show(StoreOptions store, Snapshot base, RolloutOptions.Maker maker, OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        var before = base.current().orElse(new byte[] {'{', '}'});
        var config = maker.make(store.open(), base);
        ConfigCommand.printChanges(ConfigDifference.between(before, config.document()), new Secrets(reveal), output);
        config.warnings().forEach(warning -> output.note("warning: " + warning));
    }
}
