package io.wunderproxy.cli.host;

import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.client.ManagerClient;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The host and its configuration that a command is for. */
@Command(exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.INVALID, ExitCodes.NOT_HEALTHY})
final class NamedDeployment {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Parameters(
            paramLabel = "<hash>",
            description =
                    "The configuration: its MD5 or SHA-256, or the revision or the first digits of one on this host.")
    String name;

    String hash(ManagerClient manager) {
        return HostDeployments.hash(manager, name);
    }
}
