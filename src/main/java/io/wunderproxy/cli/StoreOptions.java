package io.wunderproxy.cli;

import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import io.wunderproxy.launchconfig.StoreException;
import picocli.CommandLine.Option;

/** Where the launch configurations lie, for commands that only read them. */
final class StoreOptions {

    @Option(
            names = {"-s", "--s3bucket"},
            paramLabel = "<bucket>",
            required = true,
            description = "Bucket with the launch configurations, or file:/some/dir.")
    String bucket;

    @Option(
            names = {"-p", "--s3prefix"},
            paramLabel = "<prefix>",
            required = true,
            description = "What the keys in the bucket begin with.")
    String prefix;

    /** The current launch configuration. */
    LaunchConfig current() {
        var store = LaunchConfigStore.open(bucket, prefix);
        try {
            var content = store.current()
                    .orElseThrow(() -> new CommandFailure("there is no " + store.locateCurrent()
                            + ": no configuration was promoted yet, or bucket and prefix are wrong"));
            return LaunchConfig.parse(ConfigHash.md5(content), content);
        } catch (StoreException e) {
            throw new CommandFailure(e.getMessage());
        } catch (InvalidLaunchConfigException e) {
            throw new CommandFailure(store.locateCurrent() + " is invalid: " + e.getMessage());
        }
    }
}
