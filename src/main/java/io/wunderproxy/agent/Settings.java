package io.wunderproxy.agent;

import io.wunderproxy.api.SettingView;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.cli.OptionDefaults.Found;
import io.wunderproxy.cli.OptionDefaults.Origin;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The settings of an agent: what {@code run} takes from its command line, else the environment, else a settings file, else the
 * defaults. They are read once, when a process starts. A process that is started with the same command line and environment reads
 * the file as it is then; with {@code --check} it only says what is wrong.
 */
public final class Settings {

    /** The kinds of values that may be shown to everybody. A value of another kind is not shown. */
    private static final Set<String> SHOWN = Set.of(
            "<address>",
            "<bucket[/prefix]>",
            "<coding>",
            "<dir>",
            "<external|embedded>",
            "<file>",
            "<host:port>",
            "<name>",
            "<network>",
            "<number>",
            "<on|off>",
            "<path>",
            "<port>",
            "<size>",
            "<stdout|off|file>",
            "<text|json>",
            "<time>",
            "<token|none>",
            "<url>");

    /** The part of an address that may have a password. */
    private static final String USER_INFO = "//[^/@]*@";

    private final CommandLine command;
    private final Optional<AgentOptions> options;
    private final List<ParameterException> faults;

    private Settings(CommandLine command, Optional<AgentOptions> options, List<ParameterException> faults) {
        this.command = command;
        this.options = options;
        this.faults = faults;
    }

    /** Has the command line of {@code run} collect what is wrong in place of ending at the first fault. */
    public static void collectFaults(CommandLine program) {
        program.getCommandSpec().subcommands().values().stream()
                .filter(command -> command.getCommandSpec().userObject() instanceof RunCommand)
                .forEach(command -> command.getCommandSpec().parser().collectErrors(true));
    }

    /** Whether the command line names a settings file that it was not read with. */
    public static boolean areInAnotherFile(ParseResult program) {
        return file(program).isPresent()
                && !defaultsOf(program.commandSpec()).fileOfCommand().equals(file(program));
    }

    /** The defaults from the settings file that the command line names. */
    public static OptionDefaults defaults(ParseResult program) {
        return defaultsOf(program.commandSpec()).withFileOfCommand(file(program).orElseThrow());
    }

    private static Optional<Path> file(ParseResult program) {
        return program.hasSubcommand() && program.subcommand().commandSpec().userObject() instanceof RunCommand run
                ? run.settingsFile()
                : Optional.empty();
    }

    private static OptionDefaults defaultsOf(CommandSpec command) {
        return (OptionDefaults) command.defaultValueProvider();
    }

    /** Reads the settings of a command whose command line was parsed. */
    static Settings read(RunCommand run) {
        var command = run.spec.commandLine();
        var faults = faultsOfDefaults(command);
        command.getParseResult().errors().forEach(error -> faults.add((ParameterException) error));
        defaultsOf(run.spec).faults(command).forEach(message -> faults.add(new ParameterException(command, message)));
        Optional<AgentOptions> options = Optional.empty();
        if (run.app != null) {
            var names = new OptionNames(run.spec);
            try {
                options = Optional.of(run.options(names));
                faults.addAll(run.faults(names));
            } catch (ParameterException unavoidable) {
                faults.addAll(run.faults(names));
            }
        }
        return new Settings(command, options, faults);
    }

    /**
     * Collects values of environment and file that can't be read. The first of them ends the reading of all others, so that the command
     * line is read again without it.
     */
    private static List<ParameterException> faultsOfDefaults(CommandLine command) {
        var faults = new ArrayList<ParameterException>();
        var defaults = defaultsOf(command.getCommandSpec());
        var program = command.getCommandSpec().root().commandLine();
        for (var wrong = wrongDefault(command); wrong.isPresent(); wrong = wrongDefault(command)) {
            var option = (OptionSpec) wrong.get().getArgSpec();
            faults.add(new ParameterException(
                    command,
                    wrong.get().getMessage()
                            + defaults.find(option)
                                    .map(found -> " (" + found.place() + ")")
                                    .orElse("")));
            defaults.ignore(option);
            program.parseArgs(program.getParseResult().originalArgs().toArray(String[]::new));
        }
        return faults;
    }

    private static Optional<ParameterException> wrongDefault(CommandLine command) {
        return command.getParseResult().errors().stream()
                .map(ParameterException.class::cast)
                .filter(error -> error.getArgSpec() instanceof OptionSpec option
                        && !command.getParseResult().hasMatchedOption(option)
                        && defaultsOf(command.getCommandSpec()).find(option).isPresent())
                .findFirst();
    }

    /**
     * The options of the agent's parts.
     *
     * @throws ParameterException if anything is wrong; its message has all of it
     */
    AgentOptions options() {
        if (faults.isEmpty()) {
            return options.orElseThrow();
        }
        var first = faults.getFirst();
        if (faults.size() == 1 && first instanceof UnmatchedArgumentException) {
            throw first;
        }
        throw new ParameterException(command, String.join("\n", messages()));
    }

    /** Says what is wrong, or that nothing is; returns the exit code. */
    int report() {
        var wrong = new ArrayList<>(messages());
        if (faults.isEmpty()) {
            wrong.addAll(StartCheck.faults(options.orElseThrow()));
        }
        if (!wrong.isEmpty()) {
            throw new ParameterException(command, String.join("\n", wrong));
        }
        var given = inForce().stream().filter(setting -> !setting.isDefault()).count();
        command.getOut()
                .println("nothing is wrong; " + given + (given == 1 ? " option is" : " options are") + " set"
                        + file().map(path -> ", settings file: " + path).orElse(""));
        command.getOut().flush();
        return Exit.OK.code();
    }

    private List<String> messages() {
        var said = new ArrayList<ParameterException>();
        var isPositionalSaid = false;
        for (var fault : faults) {
            var isPositional = fault instanceof MissingParameterException lack
                    && lack.getMissing().stream().allMatch(ArgSpec::isPositional);
            // The first one names all that are missing, those after it what is missing then.
            if (!isPositional || !isPositionalSaid) {
                said.add(fault);
            }
            isPositionalSaid |= isPositional;
        }
        return said.stream().map(this::message).distinct().toList();
    }

    /** A fault, with the place that the wrong value came from unless it was the command line. */
    private String message(ParameterException fault) {
        var place = fault.getArgSpec() instanceof OptionSpec option && !isOnCommandLine(option)
                ? defaultsOf(command.getCommandSpec()).find(option).map(Found::place)
                : Optional.<String>empty();
        return fault.getMessage() + place.map(where -> " (" + where + ")").orElse("");
    }

    /** The settings file that the command line names. */
    Optional<Path> file() {
        return defaultsOf(command.getCommandSpec()).fileOfCommand();
    }

    /** All options, in the order of the help. */
    List<SettingView> inForce() {
        return command.getCommandSpec().options().stream()
                .filter(OptionDefaults::hasDefaults)
                .map(this::view)
                .toList();
    }

    private SettingView view(OptionSpec option) {
        var name = OptionDefaults.key(option.longestName());
        if (isOnCommandLine(option)) {
            return new SettingView(
                    name,
                    shown(option, String.join(",", option.originalStringValues())),
                    "command line",
                    Optional.empty());
        }
        return defaultsOf(command.getCommandSpec())
                .find(option)
                .map(found -> new SettingView(
                        name,
                        shown(option, found.value()),
                        found.origin() == Origin.FILE ? "file" : "environment",
                        Optional.of(found.place())))
                .orElseGet(() ->
                        new SettingView(name, shown(option, initial(option)), SettingView.DEFAULT, Optional.empty()));
    }

    private boolean isOnCommandLine(OptionSpec option) {
        return command.getParseResult().hasMatchedOption(option);
    }

    private static String initial(OptionSpec option) {
        var value = option.defaultValueString();
        return Arrays.asList(null, "null", "[]").contains(value) ? "" : value;
    }

    /** The value, if it may be shown and there is one. */
    private static Optional<String> shown(OptionSpec option, String value) {
        var mayBeShown = option.arity().max() == 0 || SHOWN.contains(option.paramLabel());
        return mayBeShown && !value.isEmpty()
                ? Optional.of(value.replaceAll(USER_INFO, "//[masked]@"))
                : Optional.empty();
    }

    /** The options whose values are not shown. */
    List<String> hidden() {
        return command.getCommandSpec().options().stream()
                .filter(OptionDefaults::hasDefaults)
                .filter(option -> option.arity().max() > 0 && !SHOWN.contains(option.paramLabel()))
                .map(OptionSpec::longestName)
                .collect(Collectors.toList());
    }
}
