package io.wunderproxy.cli;

import picocli.CommandLine.Command;

/** Many hosts that serve the same. */
@Command(
        name = "fleet",
        description = "Deploy to many hosts as one, and see what they do.",
        subcommands = {
            FleetStatusCommand.class,
            FleetDeployCommand.class,
            FleetResumeCommand.class,
            FleetRollbackCommand.class
        })
public final class FleetCommand {}
