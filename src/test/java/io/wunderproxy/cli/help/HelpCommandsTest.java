package io.wunderproxy.cli.help;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Completion scripts and manual pages, which are drawn from the commands themselves. */
class HelpCommandsTest {

    private static final List<String> COMMANDS = List.of(
            "run",
            "deploy",
            "rollback",
            "status",
            "events",
            "logs",
            "launch",
            "switch",
            "pause",
            "resume",
            "history",
            "config",
            "image",
            "env",
            "fleet",
            "host",
            "install",
            "table",
            "doctor");

    @TempDir
    Path directory;

    private CommandRunner commands() {
        return new CommandRunner(directory);
    }

    @ParameterizedTest
    @ValueSource(strings = {"bash", "zsh", "fish", "BASH"})
    void a_completion_script_has_every_command(String shell) {
        var script = commands().runWords("completion " + shell);

        assertThat(script.exitCode()).as(script.err()).isZero();
        assertThat(script.out()).contains(COMMANDS);
    }

    @ParameterizedTest
    @ValueSource(strings = {"help run", "man run", "completion bash", "completion zsh", "completion fish"})
    void an_option_is_shown_by_its_present_name_alone(String words) {
        var text = (words.startsWith("help ")
                        ? CommandRunner.help("run")
                        : commands().runWords(words).out())
                .replace("\\-", "-");
        // In a script for bash, what was typed is looked for among the former names too.
        var offered = text.lines().filter(line -> !line.endsWith("')")).collect(Collectors.joining("\n"));

        assertThat(text).containsPattern("(--|-l )response-timeout").containsPattern("(--|-l )response-buffering");
        assertThat(offered).doesNotContain("--answer-", "-l answer-");
    }

    @Test
    void the_help_has_an_option_with_a_former_name_as_it_has_others() {
        assertThat(CommandRunner.help("run").lines().map(String::strip))
                .contains("--response-timeout=<time>", "--response-buffering=<on|off>");
    }

    @Test
    void the_script_for_bash_is_one_that_bash_reads() throws Exception {
        var bash = new ProcessBuilder("bash", "-n").redirectErrorStream(true).start();
        try (var script = bash.outputWriter()) {
            script.write(commands().runWords("completion bash").out());
        }

        assertThat(new String(bash.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
                .isEmpty();
        assertThat(bash.waitFor()).isZero();
    }

    @Test
    void zsh_finds_its_script_by_its_first_line() {
        assertThat(commands().runWords("completion zsh").out()).startsWith("#compdef wunderproxy\n");
    }

    @Test
    void fish_learns_what_an_option_takes() {
        var lines = commands().runWords("completion fish").out().lines().toList();

        assertThat(lines)
                .contains("complete -c wunderproxy -f")
                .anyMatch(line -> line.contains("-l token-file -r -F "))
                .noneMatch(line -> line.contains("${DEFAULT-VALUE}"));
    }

    @Test
    void a_shell_that_is_not_known_is_misuse() {
        var result = commands().runWords("completion tcsh");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("tcsh");
    }

    @Test
    void a_manual_page_has_all_that_the_help_has() {
        var page = commands().runWords("man fleet deploy");

        assertThat(page.exitCode()).as(page.err()).isZero();
        assertThat(page.out())
                .startsWith(".TH \"WUNDERPROXY-FLEET-DEPLOY\" 1")
                .contains(".SH NAME", ".SH SYNOPSIS", ".SH DESCRIPTION", ".SH OPTIONS", ".SH \"EXIT STATUS\"")
                .contains("quorum", "Default: 100%")
                .doesNotContain("${DEFAULT-VALUE}");
        assertThat(commands().runWords("man fl dep").out()).isEqualTo(page.out());
    }

    @ParameterizedTest
    @CsvSource({
        "deploy, 10, nothing changed",
        "deploy, 141, has closed it",
        "launch, 8, not healthy",
        "status, 5, reached"
    })
    void help_and_manual_have_the_exit_codes_of_the_command(String command, int code, String meaning) {
        var help = CommandRunner.help(command);

        assertThat(help.substring(help.indexOf("Exit codes:")).replaceAll("\\s+", " "))
                .containsPattern(" " + code + " [^0-9]*" + meaning);
        assertThat(commands().runWords("man " + command).out()).containsPattern("\\.TP\n" + code + "\n.*" + meaning);
    }

    @Test
    void a_manual_has_no_exit_code_that_the_command_does_not_end_with() {
        assertThat(commands().runWords("man status").out()).doesNotContain(".TP\n10\n", ".TP\n8\n");
    }

    @Test
    void a_manual_is_the_same_whatever_is_set_here() {
        var usual = commands().runWords("man fleet deploy").out();

        assertThat(commands()
                        .with("WUNDERPROXY_QUORUM", "50%")
                        .runWords("man fleet deploy")
                        .out())
                .isEqualTo(usual);
    }

    @Test
    void a_page_of_each_command_can_be_written() throws IOException {
        var pages = directory.resolve("man1");

        assertThat(commands().runWords("man --dir " + pages).exitCode()).isZero();

        try (var files = Files.list(pages)) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .contains("wunderproxy.1", "wunderproxy-deploy.1", "wunderproxy-fleet-deploy.1")
                    .contains(COMMANDS.stream()
                            .map(name -> "wunderproxy-" + name + ".1")
                            .toArray(String[]::new));
        }
    }

    @Test
    void what_has_no_page_is_named() throws IOException {
        var unknown = commands().runWords("man frobnicate");
        var file = Files.writeString(directory.resolve("file"), "");
        var unwritable = commands().runWords("man --dir " + file + "/man1");

        assertThat(unknown.exitCode()).isEqualTo(2);
        assertThat(unknown.err()).contains("there is no command 'frobnicate'");
        assertThat(unwritable.exitCode()).isEqualTo(1);
        assertThat(unwritable.err()).contains("cannot write to " + file + "/man1: ");
    }
}
