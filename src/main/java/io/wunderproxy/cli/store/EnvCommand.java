package io.wunderproxy.cli.store;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.RevealOption;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Looks at the environment of launch configurations. */
@Command(
        name = "env",
        description = "Look at the environment of the current launch configuration.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  wunderproxy env current -s my-bucket -p production"})
public final class EnvCommand {

    @Command(
            name = "current",
            description = "Print the environment of the current launch configuration, one KEY=value a line.",
            footer = {
                "",
                "Examples:",
                "  wunderproxy env current -s my-bucket -p production",
                "  wunderproxy env current -s my-bucket -p production --reveal"
            })
    void current(@Mixin StoreOptions store, @Mixin RevealOption reveal, @Mixin OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        var lines = store.current().environment().stream()
                .map(reveal.secrets()::line)
                .toList();
        if (output.json) {
            var variables = JsonNodeFactory.instance.objectNode();
            for (var line : lines) {
                var parts = line.split("=", 2);
                variables.put(parts[0], parts.length > 1 ? parts[1] : "");
            }
            output.print(variables);
        } else {
            lines.forEach(output.data()::println);
        }
    }
}
