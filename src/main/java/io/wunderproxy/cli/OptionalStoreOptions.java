package io.wunderproxy.cli;

import io.wunderproxy.launchconfig.LaunchConfigStore;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where the launch configurations lie, for commands that can do without them. */
final class OptionalStoreOptions {

    @Option(
            names = {"-s", "--s3bucket"},
            paramLabel = "<bucket>",
            description = "Bucket with the launch configurations, or file:/some/dir.")
    String bucket;

    @Option(
            names = {"-p", "--s3prefix"},
            paramLabel = "<prefix>",
            defaultValue = "",
            description = "What the keys in the bucket begin with.")
    String prefix;

    /** Empty if no bucket was given. */
    Optional<LaunchConfigStore> open() {
        return Optional.ofNullable(bucket).map(name -> LaunchConfigStore.open(name, prefix));
    }
}
