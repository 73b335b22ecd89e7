package io.wunderproxy.cli.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Looks at the image of launch configurations, and writes images for them. */
@Command(
        name = "image",
        description = "Look at the image of the current launch configuration; write images into a bucket.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = ImagePushCommand.class,
        footer = {
            "",
            "Examples:",
            "  wunderproxy image current -s my-bucket -p production",
            "  wunderproxy image push shop:4f2c1d --image-bucket my-images"
        })
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
