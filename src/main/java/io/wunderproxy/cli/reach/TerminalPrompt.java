package io.wunderproxy.cli.reach;

import io.wunderproxy.cli.Printable;
import io.wunderproxy.cli.Terminal;
import io.wunderproxy.remote.SshOptions;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Asks on the terminal that the program was started from, wherever its input and output go, and remembers what was said: many hosts
 * may take one key. Java's own console is only there if input and output are terminals both.
 */
final class TerminalPrompt implements SshOptions.Prompt {

    private static final Path TERMINAL = Path.of("/dev/tty");

    private final Map<String, char[]> secrets = new HashMap<>();

    @Override
    public synchronized Optional<char[]> secret(String question, boolean again) {
        if (!again && secrets.containsKey(question)) {
            return Optional.of(secrets.get(question));
        }
        try {
            var before = Terminal.stty(TERMINAL, "-g");
            Terminal.stty(TERMINAL, "-echo");
            // Ctrl-C must not leave a terminal that shows nothing.
            var restoring = Thread.ofPlatform().unstarted(() -> restore(before));
            Runtime.getRuntime().addShutdownHook(restoring);
            try {
                var typed = ask((again ? "Wrong. " : "") + question + ": ");
                typed.ifPresent(secret -> secrets.put(question, secret));
                return typed;
            } finally {
                restore(before);
                Runtime.getRuntime().removeShutdownHook(restoring);
            }
        } catch (IOException | IllegalStateException e) {
            // There is no terminal, or the program ends.
            return Optional.empty();
        }
    }

    private static Optional<char[]> ask(String question) throws IOException {
        say(question);
        try (var reader = Files.newBufferedReader(TERMINAL, StandardCharsets.UTF_8)) {
            return Optional.ofNullable(reader.readLine()).map(String::toCharArray);
        } finally {
            say("\n");
        }
    }

    private static void say(String text) throws IOException {
        Files.writeString(TERMINAL, Printable.text(text), StandardOpenOption.WRITE);
    }

    private static void restore(String settings) {
        try {
            Terminal.stty(TERMINAL, settings);
        } catch (IOException e) {
            // The terminal is gone.
        }
    }
}
