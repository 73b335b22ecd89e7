package io.wunderproxy.cli;

import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
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
        err.println(command.getCommandName() + ": " + e.getMessage());
        UnmatchedArgumentException.printSuggestions(e, err);
        err.println("See '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE;
    }

    /** The command failed: exit code 1. */
    public static int failure(Exception e, CommandLine command, ParseResult arguments) {
        if (e instanceof CommandFailure) {
            command.getErr().println(command.getCommandName() + ": " + e.getMessage());
        } else {
            e.printStackTrace(command.getErr());
        }
        return ExitCode.SOFTWARE;
    }
}
