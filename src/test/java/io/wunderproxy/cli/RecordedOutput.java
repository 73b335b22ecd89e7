package io.wunderproxy.cli;

import io.wunderproxy.cli.reach.OutputOptions;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** The two outputs of a command, which a test reads. */
public final class RecordedOutput {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @Command(name = "deploy")
    static class Deploy {
        @Mixin
        OutputOptions output;
    }

    /** The options of a command that writes here. */
    public OutputOptions options(String... arguments) {
        var command = new Deploy();
        new CommandLine(command)
                .setOut(Terminal.writer(new PrintStream(out, true, StandardCharsets.UTF_8)))
                .setErr(Terminal.writer(new PrintStream(err, true, StandardCharsets.UTF_8)))
                .parseArgs(arguments);
        return command.output;
    }

    public String out() {
        return out.toString(StandardCharsets.UTF_8);
    }

    public String err() {
        return err.toString(StandardCharsets.UTF_8);
    }
}
