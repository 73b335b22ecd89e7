package io.wunderproxy.cli.install;

import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.install.Uninstaller;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Removes the agent from this host. */
@Command(
        name = "uninstall",
        description = {
            "Stop the service that 'install' has installed on this host, and remove it.",
            "",
            "Settings, token and state stay, and containers keep running. Needs root."
        },
        footer = {"", "Examples:", "  wunderproxy uninstall", "  wunderproxy uninstall --purge --dry-run"})
public final class UninstallCommand implements Runnable, OptionDefaults.CommandLineOnly {

    @Option(names = "--purge", description = "Remove settings, token, state and the user too. Containers keep running.")
    boolean purge;

    @Mixin
    LocalMachine machine;

    @Override
    public void run() {
        machine.run(() -> new Uninstaller(machine.open(), purge, machine.dryRun, machine.voice()).run());
    }
}
