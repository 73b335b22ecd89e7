package io.wunderproxy.cli.host;

import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Switches the proxy of one host. */
@Command(
        name = "switch",
        description = {
            "Send all new requests to a launched configuration.",
            "",
            "The old container finishes its open requests, then it is removed. current.json stays as it is: 'deploy' does all."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy switch 5d41402abc4b2a76b9719d911017c592",
            "  wunderproxy switch 4f2c1d"
        })
public final class SwitchCommand implements Runnable {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Parameters(
            paramLabel = "<hash>",
            description =
                    "The configuration: its MD5 or SHA-256, or the revision or the first digits of one on this host.")
    String name;

    @Override
    public void run() {
        try (var manager = options.manager()) {
            output.print(manager.post("/switch", HostDeployments.hash(manager, name), output.form()));
        }
    }
}
