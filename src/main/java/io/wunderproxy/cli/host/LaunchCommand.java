package io.wunderproxy.cli.host;

import io.wunderproxy.cli.reach.ManagerOptions;
import io.wunderproxy.cli.reach.OutputOptions;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Launches a configuration on one host. */
@Command(
        name = "launch",
        description = {
            "Launch a stored configuration on one host and wait until it is healthy.",
            "",
            "What serves goes on serving; 'switch' sends requests to the new container."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy launch 5d41402abc4b2a76b9719d911017c592",
            "  wunderproxy launch -H 10.0.0.7:8001 --token-file token 5d41402abc4b2a76b9719d911017c592"
        })
public final class LaunchCommand implements Runnable {

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
            var hash = HostDeployments.hash(manager, name);
            try (var progress = Progress.of(manager, hash, output)) {
                var answer = manager.post("/launch", hash, output.form());
                progress.end();
                output.print(answer);
            }
        }
    }
}
