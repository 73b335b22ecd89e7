package io.wunderproxy.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks at the environment of launch configurations. */
@Command(
        name = "env",
        description = "Look at the environment of the current launch configuration.",
        synopsisSubcommandLabel = "COMMAND")
public final class EnvCommand {

    @Spec
    CommandSpec spec;

    @Command(
            name = "current",
            description = "Print the environment of the current launch configuration, one KEY=value a line.",
            footer = {"", "Example:", "  wunderproxy env current -s my-bucket -p production"})
    void current(@Mixin StoreOptions store) {
        store.current().environment().forEach(spec.commandLine().getOut()::println);
    }
}
