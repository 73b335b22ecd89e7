package io.wunderproxy.cli.ssh;

import picocli.CommandLine.Command;

/** Works on other hosts over SSH. */
@Command(
        name = "host",
        description = "Run commands on a host over SSH, and install or upgrade the agent there.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  wunderproxy host run ops@shop1 -- uptime",
            "  wunderproxy host install root@shop1 --bucket my-bucket --prefix production --app shop",
            "  wunderproxy host upgrade root@shop1"
        },
        subcommands = {HostRunCommand.class, HostInstallCommand.class, HostUpgradeCommand.class})
public final class HostCommand {}
