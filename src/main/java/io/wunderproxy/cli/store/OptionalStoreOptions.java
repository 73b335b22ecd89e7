package io.wunderproxy.cli.store;

import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.launchconfig.LaunchConfigStore;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** Where the launch configurations lie, for commands that can do without them. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.NOT_ALLOWED, ExitCodes.UNAVAILABLE, ExitCodes.INVALID})
public final class OptionalStoreOptions {

    @Option(
            names = {"-s", "--s3bucket"},
            paramLabel = "<bucket>",
            description = "Bucket with the launch configurations, or file:/some/dir.")
    String bucket;

    @Option(
            names = {"-p", "--s3prefix"},
            paramLabel = "<prefix>",
            defaultValue = "",
            description = "Prefix of the keys in the bucket.")
    String prefix;

    /** The store; empty if no bucket was given. */
    public Optional<LaunchConfigStore> open() {
        return Optional.ofNullable(bucket).map(name -> LaunchConfigStore.open(name, prefix));
    }

    /** The options for a command that can't do without a store. */
    StoreOptions required(CommandSpec command) {
        if (bucket == null) {
            throw new ParameterException(
                    command.commandLine(), "which store? Give --s3bucket and --s3prefix; only files need none");
        }
        var store = new StoreOptions();
        store.bucket = bucket;
        store.prefix = prefix;
        return store;
    }
}
