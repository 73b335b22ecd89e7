package io.wunderproxy.cli;

import java.util.Locale;
import picocli.CommandLine.IDefaultValueProvider;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Takes what the command line leaves out from the environment: {@code --state-dir} from {@code WUNDERPROXY_STATE_DIR}. */
public final class EnvironmentDefaults implements IDefaultValueProvider {

    @Override
    public String defaultValue(ArgSpec argument) {
        if (!(argument instanceof OptionSpec option) || option.usageHelp() || option.versionHelp()) {
            return null;
        }
        var value = System.getenv(variable(option));
        return value == null || value.isEmpty() ? null : value;
    }

    /** The name of the variable that stands for an option. */
    static String variable(OptionSpec option) {
        return "WUNDERPROXY_"
                + option.longestName().replaceFirst("^-+", "").replace('-', '_').toUpperCase(Locale.ROOT);
    }
}
