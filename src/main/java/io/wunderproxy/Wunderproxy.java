package io.wunderproxy;

import io.quarkus.runtime.annotations.QuarkusMain;
import io.wunderproxy.agent.RunCommand;
import io.wunderproxy.agent.Settings;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.FormerNames;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.cli.StandardOutput;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.cli.Version;
import io.wunderproxy.cli.fleet.FleetCommand;
import io.wunderproxy.cli.help.CompletionCommand;
import io.wunderproxy.cli.help.ManCommand;
import io.wunderproxy.cli.host.DeployCommand;
import io.wunderproxy.cli.host.DoctorCommand;
import io.wunderproxy.cli.host.EventsCommand;
import io.wunderproxy.cli.host.LaunchCommand;
import io.wunderproxy.cli.host.LogLevelCommand;
import io.wunderproxy.cli.host.LogsCommand;
import io.wunderproxy.cli.host.ReloadCommand;
import io.wunderproxy.cli.host.RollbackCommand;
import io.wunderproxy.cli.host.StatusCommand;
import io.wunderproxy.cli.host.SwitchCommand;
import io.wunderproxy.cli.host.TrafficCommands;
import io.wunderproxy.cli.install.InstallCommand;
import io.wunderproxy.cli.install.UninstallCommand;
import io.wunderproxy.cli.ssh.HostCommand;
import io.wunderproxy.cli.store.ConfigCommand;
import io.wunderproxy.cli.store.EnvCommand;
import io.wunderproxy.cli.store.HistoryCommand;
import io.wunderproxy.cli.store.ImageCommand;
import io.wunderproxy.cli.store.TableCommand;
import java.io.PrintWriter;
import java.nio.file.Path;
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
            "Commands and long options may be shortened as long as they stay unambiguous: 'im cu' is 'image current'.",
            "Every option can be given as an environment variable, --state-dir as WUNDERPROXY_STATE_DIR, or as a line of "
                    + "~/.config/wunderproxy/config: state-dir=/some/dir. The command line comes first, the file last.",
            "",
            "Examples:",
            "  wunderproxy install --bucket my-bucket --prefix production --app shop",
            "  wunderproxy run my-bucket production shop",
            "  wunderproxy deploy 4f2c1d -s my-bucket -p production",
            "  wunderproxy status -H 10.0.0.7:8001",
            "  wunderproxy deploy --help"
        },
        subcommands = {
            RunCommand.class,
            DeployCommand.class,
            RollbackCommand.class,
            StatusCommand.class,
            EventsCommand.class,
            LogsCommand.class,
            LaunchCommand.class,
            SwitchCommand.class,
            TrafficCommands.Pause.class,
            TrafficCommands.Resume.class,
            TrafficCommands.Maintenance.class,
            LogLevelCommand.class,
            ReloadCommand.class,
            HistoryCommand.class,
            ConfigCommand.class,
            ImageCommand.class,
            EnvCommand.class,
            FleetCommand.class,
            HostCommand.class,
            InstallCommand.class,
            UninstallCommand.class,
            TableCommand.class,
            DoctorCommand.class,
            CompletionCommand.class,
            ManCommand.class
        })
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
        waitForSocketsOnPlatformThreads();
        refuseTlsRenegotiation();
        var output = StandardOutput.install();
        var program = commandLine();
        var code = program.execute(readable(arguments));
        System.out.flush();
        System.exit(isAgent(program.getParseResult()) ? code : output.exitCode(code, System.err));
    }

    /** Whether the program is an agent, whose output is its log: it does not depend on that. */
    private static boolean isAgent(CommandLine.ParseResult read) {
        return read != null
                && read.hasSubcommand()
                && read.subcommand().commandSpec().userObject() instanceof RunCommand
                && !read.subcommand().isUsageHelpRequested();
    }

    /**
     * Makes platform threads watch the sockets of virtual threads: the JDK has virtual ones do so. In a native binary on a busy
     * machine, one start in a thousand or so had such a watcher wait forever, and every virtual thread with it
     * (<a href="https://github.com/oracle/graal/issues/13787">GraalVM, issue 13787</a>).
     */
    private static void waitForSocketsOnPlatformThreads() {
        if (System.getProperty("jdk.pollerMode") == null) {
            System.setProperty("jdk.pollerMode", "SYSTEM_THREADS");
        }
    }

    /** Refuses renegotiation: a client of TLS 1.2 could make a server work for nothing. The native binary's build does so too. */
    private static void refuseTlsRenegotiation() {
        System.setProperty("jdk.tls.rejectClientInitiatedRenegotiation", "true");
    }

    /**
     * Makes arguments readable for picocli: when options may be abbreviated, it takes neither a lone hyphen, which is standard
     * input, nor an empty argument. Arguments after "--" are another program's.
     */
    static String[] readable(String... arguments) {
        var given = arguments.clone();
        for (var i = 0; i < given.length && !given[i].equals("--"); i++) {
            if (given[i].equals("-")) {
                given[i] = "/dev/stdin";
            } else if (given[i].isEmpty()) {
                given[i] = ErrorMessages.EMPTY_ARGUMENT;
            }
        }
        return given;
    }

    /** Runs a command; only help is coloured by picocli, and no other text. */
    private static int run(CommandLine.ParseResult read) {
        if (read.asCommandLineList().stream().anyMatch(CommandLine::isUsageHelpRequested)) {
            read.commandSpec().commandLine().setOut(new PrintWriter(System.out, true));
        } else if (Settings.areInAnotherFile(read)) {
            return withFileOf(read).execute(read.originalArgs().toArray(String[]::new));
        }
        return new CommandLine.RunLast().execute(read);
    }

    /** The program that reads the settings file which the command line names. */
    private static CommandLine withFileOf(CommandLine.ParseResult read) {
        var program = read.commandSpec().commandLine();
        return commandLine()
                .setOut(program.getOut())
                .setErr(program.getErr())
                .setDefaultValueProvider(Settings.defaults(read));
    }

    private static String text(String argument) {
        return argument.equals(ErrorMessages.EMPTY_ARGUMENT) ? "" : argument;
    }

    private static Path path(String argument) {
        if (text(argument).isEmpty()) {
            throw new CommandLine.TypeConversionException("the name of a file can't be empty");
        }
        return Path.of(argument);
    }

    static CommandLine commandLine() {
        var program = new CommandLine(new Wunderproxy())
                .setOut(Terminal.writer(System.out))
                .setErr(Terminal.writer(System.err))
                .setExecutionStrategy(Wunderproxy::run)
                .setAbbreviatedSubcommandsAllowed(true)
                .setAbbreviatedOptionsAllowed(true)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setDefaultValueProvider(new OptionDefaults(System.getenv()))
                .registerConverter(String.class, Wunderproxy::text)
                .registerConverter(Path.class, Wunderproxy::path)
                .setExpandAtFiles(false)
                .setHelpFactory(FormerNames::help)
                .setUsageHelpAutoWidth(true)
                .setParameterExceptionHandler(ErrorMessages::misuse)
                .setExecutionExceptionHandler(ErrorMessages::failure);
        Settings.collectFaults(program);
        return program;
    }
}
