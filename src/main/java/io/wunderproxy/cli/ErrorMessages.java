package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.launchconfig.StoreException;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** One line for a mistake, and where to read more; a stack trace only for what nobody thought of. */
public final class ErrorMessages {

    private ErrorMessages() {}

    /** The command line could not be understood: exit code 2. */
    public static int misuse(ParameterException e, String[] arguments) {
        var command = e.getCommandLine();
        var err = command.getErr();
        err.println(command.getCommandName() + ": " + e.getMessage().replaceFirst("^Error: ", ""));
        UnmatchedArgumentException.printSuggestions(e, err);
        if (e instanceof MissingParameterException missing) {
            missing.getMissing().stream()
                    .filter(OptionSpec.class::isInstance)
                    .map(option -> ((OptionSpec) option).longestName())
                    .forEach(option -> err.println(option + " may also be given as " + OptionDefaults.variable(option)
                            + ", or as a line " + OptionDefaults.key(option) + "=... of "
                            + ConfigFile.place(System.getenv())));
        }
        err.println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return Exit.MISUSE.code();
    }

    /** The command failed: the exit code says how, see {@link Exit}. With {@code --json}, machines get the reason as well. */
    public static int failure(Exception e, CommandLine command, ParseResult arguments) {
        var exit =
                switch (e) {
                    case CommandFailure failure -> failure.exit();
                    case StoreException store -> Exit.of(store);
                    case InvalidLaunchConfigException invalid -> Exit.INVALID;
                    case LockedException locked -> Exit.CONFLICT;
                    case FleetException table -> Exit.of(table);
                    default -> null;
                };
        if (exit == null) {
            e.printStackTrace(command.getErr());
            return Exit.FAILED.code();
        }
        command.getErr().println(command.getCommandName() + ": " + e.getMessage());
        var json = command.getCommandSpec().findOption("--json");
        if (json != null && Boolean.TRUE.equals(json.getValue())) {
            command.getOut()
                    .println(JsonNodeFactory.instance
                            .objectNode()
                            .put("Error", e.getMessage())
                            .put("ExitCode", exit.code()));
            command.getOut().flush();
        }
        return exit.code();
    }
}
