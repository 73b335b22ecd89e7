package io.wunderproxy.cli.fleet;

import picocli.CommandLine.Command;

/** Works on a fleet: many hosts that serve the same. */
@Command(
        name = "fleet",
        description = "Deploy to many hosts as one, and show what they do.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  wunderproxy fleet status --table wunderproxy -s my-bucket -p production",
            "  wunderproxy fleet deploy 4f2c1d --table wunderproxy -s my-bucket -p production",
            "  wunderproxy fleet history --table wunderproxy -s my-bucket -p production"
        },
        subcommands = {
            FleetStatusCommand.class,
            FleetDeployCommand.class,
            FleetResumeCommand.class,
            FleetRollbackCommand.class,
            FleetRunCommand.class,
            FleetHistoryCommand.class
        })
public final class FleetCommand {}
