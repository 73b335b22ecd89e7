package io.wunderproxy.cli;

import io.wunderproxy.options.Amounts;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * Takes options that the command line leaves out from the environment, {@code --state-dir} from {@code WUNDERPROXY_STATE_DIR},
 * else from the user's settings file. In each of the two an option's former names count too, after the present one.
 */
public final class OptionDefaults implements IDefaultValueProvider {

    /** A command that takes its options from the command line alone: what it changes must not depend on its caller. */
    public interface CommandLineOnly {}

    private final Map<String, String> environment;
    private Optional<ConfigFile> file = Optional.empty();

    public OptionDefaults(Map<String, String> environment) {
        this.environment = environment;
    }

    @Override
    public String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option)
                || option.usageHelp()
                || option.versionHelp()
                || option.command().userObject() instanceof CommandLineOnly) {
            return null;
        }
        var value = inEnvironment(option);
        if (value == null) {
            value = file(option).value(option);
        }
        return value == null && option.defaultValue() == null ? initial(option) : value;
    }

    /** The value of the option's first name with a variable, its present name before former ones; else null. */
    private String inEnvironment(OptionSpec option) {
        return FormerNames.longNames(option).stream()
                .map(name -> environment.getOrDefault(variable(name), ""))
                .filter(value -> !value.isEmpty())
                .findFirst()
                .orElse(null);
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

    private ConfigFile file(OptionSpec option) {
        if (file.isEmpty()) {
            file = Optional.of(ConfigFile.read(
                    ConfigFile.place(environment), option.command().root().commandLine()));
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
