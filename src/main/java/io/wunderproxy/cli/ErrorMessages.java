package io.wunderproxy.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.rollout.RolloutException;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Objects;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Prints one line for a mistake, and where to read more. */
public final class ErrorMessages {

    /** The message for an unexpected exception. */
    public static final String MISTAKE = "this is a mistake in the program";

    /** Stands for an empty argument, which picocli can't abbreviate; no argument can contain it. */
    public static final String EMPTY_ARGUMENT = "\0";

    /** The variable that asks for stack traces, which only a developer can read. */
    private static final String TRACE = "WUNDERPROXY_TRACE";

    private ErrorMessages() {}

    /** Reports a command line that could not be understood: exit code 2. */
    public static int misuse(ParameterException e, String[] arguments) {
        var command = e.getCommandLine();
        var err = command.getErr();
        err.println(command.getCommandName() + ": " + shown(e.getMessage().replaceFirst("^Error: ", "")));
        if (!UnmatchedArgumentException.printSuggestions(e, err)) {
            suggestCommand(e, command);
        }
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

    /** Reports a failed command; the exit code says how, see {@link Exit}. With {@code --json}, machines get the reason too. */
    public static int failure(Exception e, CommandLine command, ParseResult arguments) {
        if (e instanceof OutputClosed) {
            return Exit.OK.code();
        }
        var exit =
                switch (e) {
                    case CommandFailure failure -> failure.exit();
                    case ManagerException manager -> Exit.of(manager);
                    case RolloutException rollout -> Exit.of(rollout);
                    case StoreException store -> Exit.of(store);
                    case InvalidLaunchConfigException invalid -> Exit.INVALID;
                    case LockedException locked -> Exit.CONFLICT;
                    case FleetException table -> Exit.of(table);
                    default -> null;
                };
        if (exit == null) {
            return unexpected(e, command);
        }
        command.getErr().println(command.getCommandName() + ": " + shown(e.getMessage()));
        var json = command.getCommandSpec().findOption("--json");
        if (json != null && Boolean.TRUE.equals(json.getValue())) {
            command.getOut()
                    .println(Printable.json(JsonNodeFactory.instance
                            .objectNode()
                            .put("Error", e.getMessage())
                            .put("ExitCode", exit.code())));
            command.getOut().flush();
        }
        return exit.code();
    }

    /** Suggests a command that differs in a letter or two, most likely a slip. */
    private static void suggestCommand(ParameterException e, CommandLine command) {
        if (e instanceof UnmatchedArgumentException unmatched
                && !unmatched.getUnmatched().isEmpty()) {
            var word = unmatched.getUnmatched().getFirst();
            NearestName.of(word, command.getSubcommands().keySet())
                    .ifPresent(name -> command.getErr().println("Did you mean: " + name + "?"));
        }
    }

    /** Reports a failure outside of this program in words; for a mistake in it, says where to find out more. */
    private static int unexpected(Exception e, CommandLine command) {
        var err = command.getErr();
        if (System.getenv(TRACE) != null) {
            e.printStackTrace(err);
        }
        for (Throwable cause = e; cause != null; cause = cause.getCause()) {
            if (cause instanceof IOException io) {
                err.println(command.getCommandName() + ": " + words(io));
                return Exit.FAILED.code();
            }
        }
        err.println(
                command.getCommandName() + ": " + MISTAKE + "; with " + TRACE + "=1 it says where. Please report it");
        return Exit.FAILED.code();
    }

    /** Describes a failed operation on a file or a connection for people. */
    public static String words(IOException e) {
        var message = Objects.requireNonNullElse(e.getMessage(), "");
        return switch (e) {
            case NoSuchFileException missing -> "there is no file " + missing.getFile();
            case AccessDeniedException denied
            when denied.getReason() != null -> denied.getFile() + ": " + denied.getReason();
            case AccessDeniedException denied -> "permission denied for " + denied.getFile();
            case FileAlreadyExistsException there -> there.getFile() + " is there already";
            case NotDirectoryException file -> file.getFile() + " is no directory";
            case FileSystemException other when other.getReason() != null -> other.getFile() + ": " + other.getReason();
            case CharacterCodingException binary -> "it is not text in UTF-8";
            case UnknownHostException unknown -> "there is no host " + message.replaceFirst(":.*", "");
            default -> message.isEmpty() ? "input or output failed" : message;
        };
    }

    /** Restores an empty argument, which has another form while it is read. */
    private static String shown(String text) {
        return text.replace(EMPTY_ARGUMENT, "");
    }
}
