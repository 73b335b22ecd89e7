package io.wunderproxy.cli.host;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Switches the proxy of one host. */
@Command(
        name = "switch",
        description = {
            "Send all new requests to a launched configuration.",
            "",
            "The old container finishes its open requests, then it is removed. current.json stays as it is: 'deploy'"
                    + " does all."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy switch 5d41402abc4b2a76b9719d911017c592",
            "  wunderproxy switch 4f2c1d"
        })
public final class SwitchCommand implements Runnable {

    @Mixin
    NamedDeployment deployment;

    @Override
    public void run() {
        try (var manager = deployment.options.manager()) {
            deployment.output.print(manager.post("/switch", deployment.hash(manager), deployment.output.form()));
        }
    }
}
