package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import io.wunderproxy.client.FakeManagerServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a command takes from the configuration file and the environment. */
class DefaultsTest {

    private static final String HASH = "b".repeat(64);

    @TempDir
    Path home;

    private Path file() throws IOException {
        return Files.createDirectories(home.resolve(".config/wunderproxy")).resolve("config");
    }

    @Test
    void the_file_the_environment_and_the_command_line_are_asked_in_turn() throws IOException {
        try (var inFile = FakeManagerServer.start();
                var inEnvironment = FakeManagerServer.start();
                var onLine = FakeManagerServer.start()) {
            Files.writeString(file(), "# mine\n\nhost = " + inFile.address() + "\n");

            new CommandRunner(home).runWords("launch " + HASH);
            var commands = new CommandRunner(home).with("WUNDERPROXY_HOST", inEnvironment.address());
            commands.runWords("launch " + HASH);
            commands.runWords("launch -H " + onLine.address() + " " + HASH);

            assertThat(inFile.manager().calls()).hasSize(1);
            assertThat(inEnvironment.manager().calls()).hasSize(1);
            assertThat(onLine.manager().calls()).hasSize(1);
        }
    }

    @Test
    void a_file_may_lie_elsewhere() throws IOException {
        var elsewhere = Files.writeString(home.resolve("mine"), "host=127.0.0.1:99999\n");

        var result = new CommandRunner(home)
                .with("WUNDERPROXY_CONFIG", elsewhere.toString())
                .runWords("status");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("invalid manager address '127.0.0.1:99999'");
    }

    @ParameterizedTest
    @CsvSource({"host, expected option=value", "hsot=web1, no command has an option --hsot"})
    void a_line_that_is_wrong_is_named_by_its_number(String line, String message) throws IOException {
        Files.writeString(file(), "# mine\n" + line + "\n");

        var result = new CommandRunner(home).runWords("status");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(home.resolve(".config/wunderproxy/config") + ", line 2: " + message);
    }

    @Test
    void options_of_other_commands_may_stand_in_it() throws IOException {
        try (var server = FakeManagerServer.start()) {
            Files.writeString(file(), "host=" + server.address() + "\ntable=fleets\nbake=5m\n");

            assertThat(new CommandRunner(home).runWords("status").exitCode()).isZero();
        }
    }

    @Test
    void a_value_that_a_command_can_not_take_is_misuse_wherever_it_comes_from() throws IOException {
        Files.writeString(file(), "timeout=soon\n");

        var result = new CommandRunner(home).runWords("status");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--timeout");
    }

    @Test
    void a_token_in_a_file_must_be_one() throws IOException {
        try (var server = FakeManagerServer.start()) {
            var commands = new CommandRunner(home).with("WUNDERPROXY_HOST", server.address());
            var two = Files.writeString(home.resolve("two"), "a\nb\n");

            var wrong = commands.runWords("launch --token-file " + two + " " + HASH);
            var missing = commands.runWords("launch --token-file " + home.resolve("none") + " " + HASH);

            assertThat(wrong.exitCode()).isEqualTo(4);
            assertThat(wrong.err()).contains("--token-file: " + two + " does not hold one token");
            assertThat(missing.exitCode()).isEqualTo(4);
            assertThat(missing.err()).contains("--token-file: cannot read ", ": no such file");
            assertThat(server.manager().calls()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"sta, status", "launch, launch", "fl st, status", "im cu, current", "conf val, validate"})
    void a_command_may_be_shortened_as_long_as_it_is_clear(String words, String command) {
        var result = new CommandRunner(home).runWords(words, "--help");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"ma, maintenance", "h, history", "co, config"})
    void what_may_be_several_commands_lists_them(String word, String one) {
        var result = new CommandRunner(home).runWords(word);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("'" + word + "'").contains(one);
    }
}
