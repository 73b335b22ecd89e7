package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.ExitCodes;
import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.cli.Terminal;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** Runs commands in this process, without the environment and the configuration file of whoever runs the tests. */
public final class CommandRunner {

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Map<String, String> environment = new HashMap<>();

    /** How a command ended, and what it printed. */
    public record Result(int exitCode, String out, String err) {

        public JsonNode json() {
            try {
                return JSON.readTree(out);
            } catch (IOException e) {
                throw new AssertionError("not JSON: " + out, e);
            }
        }

        /** Of a command that tells each step as a line of JSON. */
        public List<JsonNode> jsonLines() {
            return out.lines()
                    .map(line -> new Result(exitCode, line, "").json())
                    .toList();
        }
    }

    /** @param home of the user, with the configuration file */
    public CommandRunner(Path home) {
        environment.put("HOME", home.toString());
    }

    public CommandRunner with(String variable, String value) {
        environment.put(variable, value);
        return this;
    }

    public Result run(String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        // What a container or a host has written is passed on there.
        var before = System.out;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            return new Result(execute(out, err, words), text(out), text(err));
        } finally {
            System.setOut(before);
        }
    }

    private static String text(ByteArrayOutputStream bytes) {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private int execute(ByteArrayOutputStream out, ByteArrayOutputStream err, String... words) {
        var program = Wunderproxy.commandLine()
                .setDefaultValueProvider(new OptionDefaults(environment))
                .setOut(Terminal.writer(new PrintStream(out, true, StandardCharsets.UTF_8)))
                .setErr(Terminal.writer(new PrintStream(err, true, StandardCharsets.UTF_8)));
        var code = program.execute(Wunderproxy.readable(words));
        declares(program.getParseResult(), code);
        return code;
    }

    /**
     * Fails if a command ended with an exit code that it does not declare.
     *
     * @param environment that it had
     */
    public static void declares(Map<String, String> environment, int code, String... words) {
        try {
            declares(
                    Wunderproxy.commandLine()
                            .setDefaultValueProvider(new OptionDefaults(environment))
                            .parseArgs(Wunderproxy.readable(words)),
                    code);
        } catch (ParameterException e) {
            assertThat(code).as(String.join(" ", words)).isEqualTo(Exit.MISUSE.code());
        }
    }

    private static void declares(ParseResult read, int code) {
        if (read != null) {
            var command = read.asCommandLineList().getLast().getCommandSpec();
            if (!command.qualifiedName(" ").equals("wunderproxy host run")) {
                assertThat(ExitCodes.of(command)).as(command.qualifiedName(" ")).containsKey(code);
            }
        }
    }

    /** What {@code --help} prints for a command. */
    public static String help(String command) {
        return Wunderproxy.commandLine().getSubcommands().get(command).getUsageMessage();
    }

    /** Runs a command, whose words are separated by blanks, with further ones. */
    public Result runWords(String words, String... more) {
        return run(Stream.concat(Stream.of(words.split(" ")), Stream.of(more)).toArray(String[]::new));
    }
}
