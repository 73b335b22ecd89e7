package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.StoreException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Looks at the image of launch configurations. */
@Command(
        name = "image",
        description = "Look at the image of the current launch configuration.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  wunderproxy image current -s my-bucket -p production"})
public final class ImageCommand {

    @Command(
            name = "current",
            description = "Print the image of the current launch configuration.",
            footer = {"", "Example:", "  wunderproxy image current -s my-bucket -p production"})
    void current(@Mixin StoreOptions store, @Mixin OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        var image = store.current().image();
        if (output.json) {
            output.print(JsonNodeFactory.instance.objectNode().put("Image", image));
        } else {
            output.out().println(image);
        }
    }
}
