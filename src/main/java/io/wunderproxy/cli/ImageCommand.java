package io.wunderproxy.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Looks at the image of launch configurations. */
@Command(
        name = "image",
        description = "Look at the image of the current launch configuration.",
        synopsisSubcommandLabel = "COMMAND")
public final class ImageCommand {

    @Spec
    CommandSpec spec;

    @Command(
            name = "current",
            description = "Print the image of the current launch configuration.",
            footer = {"", "Example:", "  wunderproxy image current -s my-bucket -p production"})
    void current(@Mixin StoreOptions store) {
        spec.commandLine().getOut().println(store.current().image());
    }
}
