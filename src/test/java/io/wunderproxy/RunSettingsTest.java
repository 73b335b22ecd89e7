package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.testkit.CodeBlock;
import io.wunderproxy.testkit.SelfSigned;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code run --check} says of the settings, from the command line to the files that they name. */
class RunSettingsTest {

    @TempDir
    Path home;

    private CommandRunner commands() {
        return new CommandRunner(home);
    }

    private Path settings(String... lines) throws IOException {
        return Files.write(home.resolve("settings"), List.of(lines));
    }

    private Result check(CommandRunner commands, Path settings, String... more) {
        var words = new ArrayList<>(List.of("run", "--check", "--settings", settings.toString()));
        words.addAll(List.of(more));
        words.addAll(List.of("--state-dir", home.resolve("state").toString(), "bucket", "prefix", "shop"));
        return commands.run(words.toArray(String[]::new));
    }

    @Test
    void a_check_of_settings_that_are_right_makes_nothing() throws IOException {
        var result = check(commands(), settings("# mine", "", " drain-timeout = 5s ", "tls-redirect=true"));

        assertThat(result.err()).isEmpty();
        assertThat(result.exitCode()).isZero();
        assertThat(result.out())
                .contains("nothing is wrong; 3 options are set, settings file: " + home.resolve("settings"));
        try (var files = Files.list(home)) {
            assertThat(files).containsExactly(home.resolve("settings"));
        }
    }

    @Test
    void a_check_reports_all_that_is_wrong_at_once_with_its_place() throws IOException {
        var file =
                settings("drain-timout=5s", "head-timeout=0s", "max-headers=many", "just words", "cfg=/no/such/file");

        var result = check(
                commands().with("WUNDERPROXY_BODY_TIMEOUT", "999999999h").with("WUNDERPROXY_PEERS", "nobody"),
                file,
                "--max-requests=0",
                "--tls=nonsense");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.out()).isEmpty();
        assertThat(result.err())
                .contains(file + ", line 1: run has no option --drain-timout; did you mean drain-timeout?")
                .contains("'--head-timeout': must be 1ms to 8760h (" + file + ", line 2)")
                .contains("'--max-headers'", "(" + file + ", line 3)")
                .contains(file + ", line 4: expected option=value")
                .contains("/no/such/file")
                .contains("'--body-timeout': must be 1ms to 8760h (WUNDERPROXY_BODY_TIMEOUT)")
                .contains("'--peers'", "(WUNDERPROXY_PEERS)")
                .contains("'--max-requests': must be")
                .contains("'--tls'")
                .endsWith("See 'wunderproxy run --help'.\n");
    }

    @ParameterizedTest
    @CsvSource({
        "WUNDERPROXY_DRAIN_TIMEOUT=1s, '; did you mean drain-timeout?'",
        "--drain-timeout=1s, '; did you mean drain-timeout?'",
        "host=web1, line 1: run has no option --host",
        "check=true, line 1: run has no option --check",
        "settings=/other, line 1: run has no option --settings",
        "token=a-secret, line 1: run has no option --token"
    })
    void a_line_that_is_no_option_of_run_is_refused(String line, String message) throws IOException {
        var result = check(commands(), settings(line));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message).doesNotContain("a-secret");
    }

    @Test
    void what_is_missing_is_said_once() {
        var result = commands().run("run", "--check", "bucket");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .isEqualTo("run: Missing required parameters: '<s3-prefix>', '<app-name>'\n"
                        + "See 'wunderproxy run --help'.\n");
    }

    @Test
    void a_name_that_no_application_can_have_is_reported_like_any_other_fault() {
        var result = commands().run("run", "--check", "--max-requests=0", "bucket", "prefix", "Not/An/App");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("<app-name>: ").endsWith("See 'wunderproxy run --help'.\n");
    }

    @Test
    void an_option_that_is_there_twice_is_refused() throws IOException {
        var result = check(commands(), settings("proxy=:81", "proxy=:82"));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("line 2: proxy is set in line 1 already");
    }

    @Test
    void a_settings_file_that_is_named_must_be_there() {
        var result = check(commands(), home.resolve("none"));

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("cannot read " + home.resolve("none") + ": there is no file");
    }

    @Test
    void a_start_refuses_what_a_check_refuses() throws IOException {
        var result =
                commands().run("run", "--settings", settings("drain-timout=5s").toString(), "bucket", "prefix", "shop");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("did you mean drain-timeout?");
    }

    @Test
    void the_file_of_the_agent_takes_the_place_of_the_users_file() throws IOException {
        var users = Files.createDirectories(home.resolve(".config/wunderproxy")).resolve("config");
        Files.writeString(users, "head-timeout=nonsense\n");

        assertThat(commands().runWords("run --check bucket prefix shop").err()).contains(users + ", line 1");
        // What the user's file has wrong is not asked for once another one is named.
        assertThat(check(commands(), settings("head-timeout=3s")).err()).isEmpty();
    }

    @Test
    void files_that_a_start_needs_are_looked_at() throws Exception {
        var certificate = home.resolve("shop.crt");
        var key = home.resolve("shop.key");
        var otherKey = home.resolve("other.key");
        SelfSigned.write(certificate, key, "shop.test");
        Files.writeString(otherKey, "no key");
        var log = Files.createDirectory(home.resolve("log"));

        var right = check(commands(), settings("tls-cert=" + certificate, "tls-key=" + key));
        var wrong = check(
                commands(),
                settings(
                        "tls-cert=" + certificate,
                        "tls-key=" + otherKey,
                        "api-tls-cert=" + home.resolve("none.pem"),
                        "api-tls-key=" + key,
                        "access-log=" + log));

        assertThat(right.err()).isEmpty();
        assertThat(wrong.exitCode()).isEqualTo(2);
        assertThat(wrong.err())
                .contains("cannot serve TLS: can't use the certificate " + certificate)
                .contains("none.pem")
                .contains("--access-log: " + log + " is a directory");
    }

    @ParameterizedTest
    @ValueSource(strings = {"proxy-protocol=true", "client-ip-header=CF-Connecting-IP"})
    void what_counts_from_trusted_proxies_alone_needs_some(String line) throws IOException {
        var option = "--" + line.split("=")[0];

        assertThat(check(commands(), settings(line)).err()).contains(option + ": give --trusted-proxies too");
        assertThat(check(commands(), settings(line, "trusted-proxies=10.0.0.0/8"))
                        .err())
                .isEmpty();
        assertThat(check(commands(), settings(line, "proxy=unix:/run/proxy.sock"))
                        .err())
                .isEmpty();
    }

    @Test
    void the_settings_that_pages_have_as_files_are_right() throws IOException {
        var blocks = CodeBlock.pages()
                .flatMap(page -> CodeBlock.of(page).stream())
                .filter(block -> block.file().orElse("").endsWith(".settings"))
                .toList();

        assertThat(blocks).isNotEmpty();
        for (var block : blocks) {
            var result = check(commands(), settings(block.lines().toArray(String[]::new)));
            assertThat(result.exitCode()).as("%s: %s", block, result.err()).isZero();
        }
    }
}
