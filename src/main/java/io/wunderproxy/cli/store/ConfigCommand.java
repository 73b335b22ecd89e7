package io.wunderproxy.cli.store;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.RevealOption;
import io.wunderproxy.cli.Secrets;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Terminal.Colour;
import io.wunderproxy.cli.reach.OutputOptions;
import io.wunderproxy.launchconfig.ConfigDifference;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Looks at launch configurations and stores them. */
@Command(
        name = "config",
        description = "Look at launch configurations, compare, check and store them.",
        synopsisSubcommandLabel = "COMMAND",
        footer = {
            "",
            "Examples:",
            "  wunderproxy config show -s my-bucket -p production",
            "  wunderproxy config diff -s my-bucket -p production next.json",
            "  wunderproxy config validate next.json"
        })
public final class ConfigCommand {
    private static final String ENVIRONMENT = "ContainerConfig.Env.";
    private static final String PROBE_HEADERS = "HealthCheck.Headers.";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NAMES = "a file, a hash, a revision or abbreviated hash of the history, or 'current'";

    @Command(
            name = "show",
            description = "Print a launch configuration.",
            footer = {
                "",
                "Examples:",
                "  wunderproxy config show -s my-bucket -p production",
                "  wunderproxy config show -s my-bucket -p production 4f2c1d --reveal"
            })
    void show(
            @Mixin StoreOptions store,
            @Mixin RevealOption reveal,
            @Mixin OutputOptions output,
            @Parameters(
                            arity = "0..1",
                            paramLabel = "<config>",
                            defaultValue = "current",
                            description = "Which one: " + NAMES + ". Default: ${DEFAULT-VALUE}")
                    String name)
            throws StoreException, InvalidLaunchConfigException {
        var document = store.document(name);
        try {
            output.print(reveal.secrets().document(JSON.readTree(document)));
        } catch (IOException e) {
            throw new CommandFailure(Exit.INVALID, name + " is not valid JSON");
        }
    }

    @Command(
            name = "push",
            description = {
                "Store a launch configuration under its hash, and print that.",
                "",
                "Nothing is launched; 'launch' takes the hash. 'deploy' does all."
            },
            footer = {"", "Example:", "  wunderproxy config push -s my-bucket -p production next.json"})
    void push(
            @Mixin StoreOptions options,
            @Mixin OutputOptions output,
            @Option(
                            names = "--md5",
                            description = "Name it by its MD5, as the original tools do, instead of its SHA-256.")
                    boolean md5,
            @Parameters(paramLabel = "<file>", description = "The configuration; - is standard input.") String file)
            throws StoreException, InvalidLaunchConfigException {
        var document = StoreOptions.readFile(file);
        var config = StoreOptions.parse(file, md5, document);
        var store = options.open();
        store.put(config);
        if (output.json) {
            output.print(JsonNodeFactory.instance
                    .objectNode()
                    .put("Hash", config.hash().value())
                    .put("Location", store.locate(config.hash())));
        } else {
            output.out().println(config.hash());
        }
    }

    @Command(
            name = "diff",
            description = "Show what is different between two launch configurations.",
            footer = {
                "",
                "Examples:",
                "  wunderproxy config diff -s my-bucket -p production next.json",
                "  wunderproxy config diff -s my-bucket -p production 3b09aa 4f2c1d",
                "  wunderproxy config diff before.json after.json"
            })
    void diff(
            @Mixin OptionalStoreOptions store,
            @Mixin RevealOption reveal,
            @Mixin OutputOptions output,
            @Parameters(
                            arity = "1..2",
                            paramLabel = "<config>",
                            description =
                                    "What to compare current.json with; or the old one, then the new one. Each is "
                                            + NAMES + ".")
                    List<String> names)
            throws StoreException, InvalidLaunchConfigException {
        var before = document(names.size() == 1 ? "current" : names.getFirst(), store, output);
        var after = document(names.getLast(), store, output);
        try {
            printChanges(ConfigDifference.between(before, after), reveal.secrets(), output);
        } catch (IllegalArgumentException e) {
            throw new CommandFailure(Exit.INVALID, String.join(" or ", names) + " is not valid JSON");
        }
    }

    private static byte[] document(String name, OptionalStoreOptions store, OutputOptions output)
            throws StoreException, InvalidLaunchConfigException {
        return StoreOptions.isFile(name)
                ? StoreOptions.readFile(name)
                : store.required(output.spec).document(name);
    }

    /** Prints changes, those of secrets without their values. */
    public static void printChanges(List<ConfigDifference.Change> changes, Secrets secrets, OutputOptions output) {
        if (output.json) {
            var array = JsonNodeFactory.instance.arrayNode();
            for (var change : changes) {
                var node = array.addObject().put("Path", change.path());
                change.before().ifPresent(v -> node.put("Before", shown(secrets, change.path(), v)));
                change.after().ifPresent(v -> node.put("After", shown(secrets, change.path(), v)));
            }
            output.print(array);
            return;
        }
        if (changes.isEmpty()) {
            output.out().println("no difference");
        }
        for (var change : changes) {
            change.before().ifPresent(v -> output.out()
                    .println(Terminal.OUT.paint(
                            Colour.BAD, "- " + change.path() + ": " + shown(secrets, change.path(), v))));
            change.after().ifPresent(v -> output.out()
                    .println(Terminal.OUT.paint(
                            Colour.GOOD, "+ " + change.path() + ": " + shown(secrets, change.path(), v))));
        }
        output.out().flush();
    }

    /** A value as it may be shown; arrays and objects stay JSON, so that names within them are looked at as well. */
    private static String shown(Secrets secrets, String path, String value) {
        if (path.startsWith(ENVIRONMENT)) {
            return secrets.value(path.substring(ENVIRONMENT.length()), value);
        }
        if (path.startsWith(PROBE_HEADERS)) {
            return secrets.hidden(value);
        }
        if (value.startsWith("[") || value.startsWith("{")) {
            try {
                return secrets.document(name(path), JSON.readTree(value)).toString();
            } catch (IOException e) {
                return secrets.value(path, value);
            }
        }
        return secrets.value(name(path), value);
    }

    private static String name(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }

    @Command(
            name = "validate",
            exitCodeList = {ExitCodes.NOT_FOUND, ExitCodes.INVALID},
            description = "Check whether files are launch configurations that can be run; needs no store.",
            footer = {"", "Example:", "  wunderproxy config validate next.json"})
    int validate(
            @Mixin OutputOptions output,
            @Parameters(arity = "1..*", paramLabel = "<file>", description = "The configurations; - is standard input.")
                    List<String> files) {
        var array = JsonNodeFactory.instance.arrayNode();
        var exit = Exit.OK;
        for (var file : files) {
            var document = StoreOptions.readFile(file);
            var node = array.addObject().put("File", file);
            try {
                var config = LaunchConfig.parse(ConfigHash.sha256(document), document);
                node.put("Valid", true)
                        .put("Revision", config.revision())
                        .put("Hash", config.hash().value());
                var warnings = node.putArray("Warnings");
                config.warnings().forEach(warnings::add);
                if (!output.json) {
                    output.out().println(file + ": revision " + config.revision() + " (" + config.hash() + ")");
                    config.warnings().forEach(warning -> output.note("warning: " + file + ": " + warning));
                }
            } catch (InvalidLaunchConfigException e) {
                exit = Exit.INVALID;
                node.put("Valid", false).put("Field", e.field()).put("Problem", e.getMessage());
                if (!output.json) {
                    output.note(file + ": " + e.getMessage());
                }
            }
        }
        if (output.json) {
            output.print(array);
        }
        return exit.code();
    }
}
