package io.wunderproxy.cli.host;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Launches a configuration on one host. */
@Command(
        name = "launch",
        description = {
            "Launch a stored configuration on one host and wait until it is healthy.",
            "",
            "The active container keeps serving; 'switch' sends requests to the new one."
        },
        footer = {
            "",
            "Examples:",
            "  wunderproxy launch 5d41402abc4b2a76b9719d911017c592",
            "  wunderproxy launch -H 10.0.0.7:8001 --token-file token 5d41402abc4b2a76b9719d911017c592"
        })
public final class LaunchCommand implements Runnable {

    @Mixin
    NamedDeployment deployment;

    @Override
    public void run() {
        try (var manager = deployment.options.manager()) {
            var hash = deployment.hash(manager);
            try (var progress = Progress.of(manager, hash, deployment.output)) {
                var response = manager.post("/launch", hash, deployment.output.form());
                progress.result(() -> deployment.output.print(response));
            }
        }
    }
}
