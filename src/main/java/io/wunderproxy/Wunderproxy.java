package io.wunderproxy;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.wunderproxy.cli.EnvCommand;
import io.wunderproxy.cli.EnvironmentDefaults;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.ImageCommand;
import io.wunderproxy.cli.Version;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** The program: reads the command line, then either starts the agent or runs one client command. */
@QuarkusMain
@Command(
        name = "wunderproxy",
        description = "Zero-downtime deployments for a Docker host.",
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        commandListHeading = "%nCommands:%n",
        optionListHeading = "%nOptions:%n",
        footer = {
            "",
            "Commands and options may be shortened as long as they stay unambiguous: 'im cu' is 'image current'.",
            "Every option can be given as an environment variable: --state-dir as WUNDERPROXY_STATE_DIR.",
            "",
            "Examples:",
            "  wunderproxy run my-bucket production shop",
            "  wunderproxy run --help"
        },
        subcommands = {RunCommand.class, ImageCommand.class, EnvCommand.class})
public class Wunderproxy {

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = CommandLine.ScopeType.INHERIT,
            description = "Show this help and exit.")
    boolean help;

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "Show the version and exit.")
    boolean version;

    public static void main(String... arguments) {
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return new CommandLine(new Wunderproxy())
                .setAbbreviatedSubcommandsAllowed(true)
                .setAbbreviatedOptionsAllowed(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new EnvironmentDefaults())
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(ErrorMessages::misuse)
                .setExecutionExceptionHandler(ErrorMessages::failure);
    }
}
