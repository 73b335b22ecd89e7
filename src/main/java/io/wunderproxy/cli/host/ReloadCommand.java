package io.wunderproxy.cli.host;

import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Replaces the agent. */
@Command(
        name = "reload",
        description = {
            "Replace the running agent, without a refused connection or a lost request.",
            "",
            "The program that lies at the agent's path now is started, another version for example, and reads its settings. "
                    + "When it accepts connections the former agent finishes what is open, and ends. If it does not come to "
                    + "that, nothing changes, and this command says why."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy reload",
            "  wunderproxy reload -H 10.0.0.7:8001 --token-file api-token"
        })
public final class ReloadCommand implements Runnable {

    @Mixin
    ManagerOptions options;

    @Mixin
    OutputOptions output;

    @Override
    public void run() {
        try (var manager = options.manager()) {
            output.print(manager.post("/reload", "", output.form()));
        }
    }
}
