package io.wunderproxy.cli;

import io.wunderproxy.options.Amounts;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import picocli.CommandLine;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Takes options that the command line leaves out from the environment, {@code --state-dir} from {@code WUNDERPROXY_STATE_DIR},
 * else from a settings file: the user's, or the one that the command line names for this command alone. In each of the two an
 * option's former names count too, after the present one.
 */
public final class OptionDefaults implements IDefaultValueProvider {

    /** A command that takes its options from the command line alone: what it changes must not depend on its caller. */
    public interface CommandLineOnly {}

    /** As {@code descriptionKey} of an option: it is taken from the command line alone. */
    public static final String COMMAND_LINE_ONLY = "command line only";

    /** Where the value of an option may come from, besides the command line. */
    public enum Origin {
        DEFAULT,
        FILE,
        ENVIRONMENT
    }

    /**
     * A value that the command line does not have.
     *
     * @param value as it was written
     * @param place the variable, or the line of the file
     */
    public record Found(String value, Origin origin, String place) {}

    private final Map<String, String> environment;
    private final Optional<Path> ofCommand;
    private final Set<String> ignored = new HashSet<>();
    private Optional<ConfigFile> file = Optional.empty();

    /** Defaults from the environment and the user's file. */
    public OptionDefaults(Map<String, String> environment) {
        this(environment, Optional.empty());
    }

    private OptionDefaults(Map<String, String> environment, Optional<Path> ofCommand) {
        this.environment = environment;
        this.ofCommand = ofCommand;
    }

    /** Defaults from the same environment and this file, which has the options of one command. */
    public OptionDefaults withFileOfCommand(Path path) {
        return new OptionDefaults(environment, Optional.of(path));
    }

    /** The file that has the options of one command, if there is one. */
    public Optional<Path> fileOfCommand() {
        return ofCommand;
    }

    /**
     * All that is wrong with the file of a command. With the user's file, that command could not have been read.
     *
     * @param command the one whose options are in the file
     */
    public List<String> faults(CommandLine command) {
        return ofCommand.isEmpty() ? List.of() : file(command).faults();
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || !hasDefaults(option)) {
            return null;
        }
        // First, since the parser looks at the initial value when it is asked, and not before it sets another one.
        var initial = initial(option);
        return find(option).map(Found::value).orElse(option.defaultValue() == null ? initial : null);
    }

    /** Whether an option is ever taken from anywhere but the command line. */
    public static boolean hasDefaults(OptionSpec option) {
        return !option.usageHelp()
                && !option.versionHelp()
                && !COMMAND_LINE_ONLY.equals(option.descriptionKey())
                && !(option.command().userObject() instanceof CommandLineOnly);
    }

    /** Takes an option neither from the environment nor from the file any more. */
    public void ignore(OptionSpec option) {
        ignored.add(option.longestName());
    }

    /** The value of an option in the environment, else in the file. */
    public Optional<Found> find(OptionSpec option) {
        if (!hasDefaults(option) || ignored.contains(option.longestName())) {
            return Optional.empty();
        }
        return inEnvironment(option).or(() -> inFile(option));
    }

    /** The value of the option's first name with a variable, its present name before former ones. */
    private Optional<Found> inEnvironment(OptionSpec option) {
        return FormerNames.longNames(option).stream()
                .map(OptionDefaults::variable)
                .filter(variable -> !environment.getOrDefault(variable, "").isEmpty())
                .findFirst()
                .map(variable -> new Found(environment.get(variable), Origin.ENVIRONMENT, variable));
    }

    private Optional<Found> inFile(OptionSpec option) {
        var read = file(option.command().commandLine());
        return read.line(option)
                .map(line -> new Found(line.value(), Origin.FILE, read.path() + ", line " + line.number()));
    }

    /** The default that is the initial value of the option's field, as a person writes it; null if picocli writes it so. */
    private static String initial(OptionSpec option) {
        return switch (option.initialValue()) {
            case Duration time -> Amounts.time(time);
            case Enum<?> choice -> choice.name().toLowerCase(Locale.ROOT);
            case Long bytes
            when Arrays.stream(option.converters()).anyMatch(SizeConverter.class::isInstance) -> Amounts.size(bytes);
            case null, default -> null;
        };
    }

    private ConfigFile file(CommandLine command) {
        if (file.isEmpty()) {
            file = Optional.of(ofCommand
                    .map(path -> ConfigFile.ofCommand(path, command))
                    .orElseGet(() -> ConfigFile.ofUser(
                            ConfigFile.place(environment),
                            command.getCommandSpec().root().commandLine())));
        }
        return file.get();
    }

    /** The name of the variable that stands for an option. */
    public static String variable(String option) {
        return "WUNDERPROXY_" + key(option).replace('-', '_').toUpperCase(Locale.ROOT);
    }

    /** The name of an option in the settings file. */
    public static String key(String option) {
        return option.replaceFirst("^-+", "");
    }

    /** Whether the environment has this option, and the settings file does not matter. */
    public boolean inEnvironment(String option) {
        return !environment.getOrDefault(variable(option), "").isEmpty();
    }
}
