package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.agent.RunCommand;
import io.wunderproxy.cli.ErrorMessages;
import io.wunderproxy.remote.SshTarget;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Whatever is given to a command or an option, what comes back is a sentence, never a word of Java. */
class CommandLineFuzzTest {

    private static final long SEED = 35;

    /** What waits for something that never comes is interrupted. */
    private static final Duration LONGEST = Duration.ofMillis(200);

    /** On a slow machine not all of the lines have their turn; their order is another one for another seed. */
    private static final Duration BUDGET = Duration.ofSeconds(8);

    private static final Pattern JAVA =
            Pattern.compile("Exception|\\bat [a-z]+\\.[a-z.]+|\\b(?:java|javax|sun|picocli|software\\.amazon)\\."
                    + "|\\bio\\.(?:wunderproxy|netty|vertx|quarkus)|Optional\\[|\\[L[a-z]|@[0-9a-f]{6,8}\\b|(?<![/'])\\bnull\\b|\\(Native Method\\)"
                    + "|error\\(-\\d+\\)|Input length|class [a-z]+\\.");

    private static final List<String> TEXTS = List.of(
            "",
            " ",
            "-",
            "--",
            "-1",
            "0",
            "99999999999999999999",
            "1.5",
            "1h",
            "5s",
            "localhost:99999",
            "127.0.0.1:1",
            "http://",
            "https://127.0.0.1:1",
            "unix:",
            "unix:/nowhere/api.sock",
            "unix:relative",
            "file:",
            "file:/nowhere/at/all",
            "=",
            "a=b",
            "KEY = value",
            "\u0001\u001b[31m",
            "\u00e9\ud83d\ude00",
            "x".repeat(300),
            "%s%n$1\\",
            "{}",
            "[",
            "{host}",
            "d41d8cd98f00b204e9800998ecf8427e",
            "@/nowhere",
            "@/",
            "../..",
            "ssh://",
            "ssh://{host}",
            "tcp://127.0.0.1:99999",
            "a@b@c",
            "*",
            "10.0.0.0/99");

    private static final List<String> TARGETS =
            List.of("", "a b", "127.0.0.1:1", "[::1]:1", "@", "a@", "127.0.0.1:99999", "-x", "ssh://");

    @TempDir
    static Path directory;

    private static List<String> paths;

    /** Nothing is to leave this machine. */
    private static final List<String> PROPERTIES =
            List.of("aws.region", "aws.accessKeyId", "aws.secretAccessKey", "aws.endpointUrl", "aws.maxAttempts");

    private static final List<String> VALUES = List.of("eu-west-1", "id", "secret", "http://127.0.0.1:1", "1");

    @BeforeAll
    static void prepare() throws IOException {
        for (var i = 0; i < PROPERTIES.size(); i++) {
            System.setProperty(PROPERTIES.get(i), VALUES.get(i));
        }
        var binary = Files.write(directory.resolve("binary.json"), new byte[] {(byte) 0xff, 0, (byte) 0x80, '\n'});
        var json = Files.writeString(directory.resolve("config.json"), "{\"ContainerConfig\":[]}");
        var empty = Files.createFile(directory.resolve("empty.json"));
        var file = Files.writeString(directory.resolve("file"), "KEY = value\n=\n");
        paths = List.of(
                "",
                "/nowhere/at/all",
                "/dev/null/x",
                "/proc/self/mem",
                "/dev/null",
                directory.toString(),
                binary.toString(),
                json.toString(),
                empty.toString(),
                file.toString());
    }

    @AfterAll
    static void restore() {
        PROPERTIES.forEach(System::clearProperty);
    }

    private static Stream<CommandSpec> commands(CommandSpec command) {
        return Stream.concat(
                Stream.of(command),
                command.subcommands().values().stream().distinct().flatMap(sub -> commands(sub.getCommandSpec())));
    }

    private static List<String> valuesOf(ArgSpec argument) {
        var type = argument.typeInfo().isMultiValue()
                ? argument.typeInfo().getAuxiliaryTypes()[0]
                : argument.typeInfo().getType();
        if (type == Path.class) {
            return paths;
        }
        if (type == SshTarget.class || argument.paramLabel().contains("target")) {
            return TARGETS;
        }
        return Stream.concat(TEXTS.stream(), paths.stream().skip(1)).toList();
    }

    /** A line with one strange value in it, and whatever else the command needs to get that far. */
    private static List<String> line(CommandSpec command, ArgSpec strange, String value) {
        var words = new ArrayList<>(List.of(command.qualifiedName().split(" ")));
        words.removeFirst();
        for (var option : command.options()) {
            if (option != strange && (option.required() || isFirst(option, "--s3bucket", "--s3prefix", "--host"))) {
                words.addAll(List.of(option.longestName(), usual(option)));
            }
        }
        if (command.qualifiedName().endsWith("install") && command.findOption("--dry-run") != null) {
            // Not on the machine that runs the tests.
            words.add("--dry-run");
        }
        if (strange instanceof OptionSpec option && !words.contains(option.longestName())) {
            words.add(option.longestName());
            if (option.arity().max() > 0) {
                words.add(value);
            }
        }
        for (var positional : command.positionalParameters()) {
            if (positional == strange) {
                words.add(value);
            } else if (positional.arity().min() > 0) {
                words.add(positional.paramLabel().contains("target") ? "127.0.0.1:1" : "shop");
            }
        }
        return words;
    }

    private static boolean isFirst(OptionSpec option, String... names) {
        return List.of(names).contains(option.longestName());
    }

    private static String usual(OptionSpec option) {
        return switch (option.longestName()) {
            case "--s3bucket" -> "file:" + directory;
            case "--host" -> "127.0.0.1:1";
            default -> "x";
        };
    }

    /** To make one takes longer than what most commands do. */
    private CommandLine program = newProgram();

    private static CommandLine newProgram() {
        var program = Wunderproxy.commandLine();
        return program.setExecutionStrategy(read -> {
            var last = read;
            while (last.hasSubcommand()) {
                last = last.subcommand();
            }
            if (last.commandSpec().userObject() instanceof RunCommand agent && !last.isUsageHelpRequested()) {
                try {
                    agent.options();
                    return 0;
                } catch (CommandLine.ParameterException e) {
                    throw e;
                } catch (RuntimeException e) {
                    throw new CommandLine.ExecutionException(last.commandSpec().commandLine(), "run", e);
                }
            }
            return new CommandLine.RunLast().execute(read);
        });
    }

    private String run(List<String> words) throws Exception {
        var out = new StringWriter();
        var used = program.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(out, true));
        var task = new FutureTask<>(() -> used.execute(Wunderproxy.readable(words.toArray(String[]::new))));
        var thread = new Thread(task, "fuzzed command");
        thread.setDaemon(true);
        thread.start();
        try {
            task.get(LONGEST.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            // What it says of the interruption is not what it says to the words.
            var said = out.toString();
            thread.interrupt();
            program = newProgram();
            return said;
        }
        return out.toString();
    }

    /** What is wrong with what the program says to this; empty if nothing is. */
    private Optional<String> problem(List<String> words) {
        String said;
        try {
            said = run(words);
        } catch (Exception e) {
            return Optional.of("wunderproxy " + words + " threw " + e);
        }
        return JAVA.matcher(said).find() || said.contains(ErrorMessages.MISTAKE)
                ? Optional.of("wunderproxy " + words + " says\n" + said)
                : Optional.empty();
    }

    @Test
    void every_option_of_every_command_takes_strange_values_or_says_why_not() {
        var random = new Random(SEED);
        var lines = new ArrayList<>(commands(Wunderproxy.commandLine().getCommandSpec())
                .flatMap(command -> command.args().stream()
                        .filter(argument -> !(argument instanceof OptionSpec option && option.usageHelp()))
                        .map(argument -> {
                            var values = valuesOf(argument);
                            return line(command, argument, values.get(random.nextInt(values.size())));
                        }))
                .toList());
        Collections.shuffle(lines, random);
        assertThat(lines).hasSizeGreaterThan(200);
        assertThat(problems(lines)).isEmpty();
    }

    @Test
    void every_command_takes_strange_words_or_says_why_not() {
        var lines = commands(Wunderproxy.commandLine().getCommandSpec())
                .flatMap(command -> Stream.of("", "--no-such-option=x", "@/nowhere")
                        .map(word -> Stream.concat(
                                        Stream.of(command.qualifiedName().split(" "))
                                                .skip(1),
                                        Stream.of(word))
                                .toList()))
                .toList();
        assertThat(problems(lines)).isEmpty();
    }

    private List<String> problems(List<List<String>> lines) {
        var until = System.nanoTime() + BUDGET.toNanos();
        return lines.stream()
                .takeWhile(words -> System.nanoTime() - until < 0)
                .flatMap(words -> problem(words).stream())
                .toList();
    }
}
