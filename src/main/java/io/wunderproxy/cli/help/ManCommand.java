package io.wunderproxy.cli.help;

import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.cli.Exit;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints the manual. */
@Command(
        name = "man",
        description = "Print the manual page of a command, or write all of them to a directory.",
        footer = {
            "",
            "Examples:",
            "  wunderproxy man deploy | man -l -",
            "  wunderproxy man --dir /usr/local/share/man/man1"
        })
public final class ManCommand implements Callable<Integer> {

    @Spec
    CommandSpec spec;

    @Option(names = "--dir", paramLabel = "<dir>", description = "Write a file for each command there.")
    Path directory;

    @Parameters(arity = "0..*", paramLabel = "<command>", description = "As in 'config show'. Default: the program")
    List<String> route = List.of();

    @Override
    public Integer call() {
        var program = spec.root().commandLine();
        var defaults = program.getDefaultValueProvider();
        // The manual is the same for everybody, whatever is set here.
        program.setDefaultValueProvider(null);
        try {
            return write(program, spec.commandLine().getOut());
        } finally {
            program.setDefaultValueProvider(defaults);
        }
    }

    private int write(CommandLine program, PrintWriter out) {
        if (directory != null) {
            try {
                Files.createDirectories(directory);
                write(program);
            } catch (IOException e) {
                throw new CommandFailure("cannot write to " + directory + ": " + ErrorMessages.words(e));
            }
            return Exit.OK.code();
        }
        var command = program;
        for (var word : route) {
            var next = find(command.getSubcommands(), word);
            if (next == null) {
                throw new ParameterException(
                        spec.commandLine(),
                        "there is no command '" + String.join(" ", route) + "'; see 'wunderproxy --help'");
            }
            command = next;
        }
        out.print(ManPage.of(command));
        out.flush();
        return Exit.OK.code();
    }

    /** The command with this name, else the one whose name begins with it. */
    private static CommandLine find(Map<String, CommandLine> commands, String word) {
        var fitting =
                commands.keySet().stream().filter(name -> name.startsWith(word)).toList();
        return fitting.size() == 1 ? commands.get(fitting.getFirst()) : commands.get(word);
    }

    private void write(CommandLine command) throws IOException {
        Files.writeString(directory.resolve(ManPage.name(command) + ".1"), ManPage.of(command));
        for (var sub : command.getSubcommands().values()) {
            write(sub);
        }
    }
}
