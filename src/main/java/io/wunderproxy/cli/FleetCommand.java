package io.wunderproxy.cli;

import picocli.CommandLine.Command;

/** All hosts that serve the same configurations, as one. */
@Command(
        name = "fleet",
        description = "What concerns all hosts that serve the same configurations.",
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        footer = {"", "Examples:", "  wunderproxy fleet history --table wunderproxy -s my-bucket -p production"},
        subcommands = {FleetHistoryCommand.class})
public final class FleetCommand {}
