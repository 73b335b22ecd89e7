package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every command as its user sees it, in words and as JSON, against a real agent, Docker and an S3 server. */
class CommandsIT {
    @RegisterExtension
    static final Host HOST = Host.withS3Store();

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
            "maintenance",
            "log-level",
            "reload",
            "history",
            "config show",
            "config push",
            "config diff",
            "config validate",
            "image current",
            "image push",
            "env current",
            "host run",
            "host install",
            "host upgrade",
            "install",
            "uninstall",
            "doctor",
            "fleet status",
            "fleet deploy",
            "fleet resume",
            "fleet rollback",
            "completion",
            "man");

    private static Agent agent;
    private static Revision.Published blue;

    @BeforeAll
    static void an_agent_serves_what_was_deployed() {
        agent = HOST.startAgent();
        blue = HOST.revision("blue")
                .env("GREETING", "a = b")
                .env("DB_PASSWORD", "hunter22")
                .env("DATABASE_URL", "postgres://shop:hunter33@db/shop")
                .pushed()
                .publish();
        var file = HOST.file("blue.json", blue.json());
        shell().run("deploy", file.toString(), "--md5").orFail();
    }

    private static CommandLine shell() {
        return new CommandLine(HOST, agent);
    }

    // ---- one host's manager ----

    @Test
    void status_tells_what_serves() {
        var words = shell().run("status").orFail();
        var json = shell().run("status --json").orFail().json();

        assertThat(words.out())
                .contains(blue.revision())
                .containsPattern("docker +Ok")
                .contains("active");
        assertThat(words.out()).doesNotContain("\033");
        assertThat(json.path("Active").path("Revision").isTextual()).isTrue();
    }

    @Test
    void what_was_deployed_is_what_the_host_serves_right_away() throws Exception {
        var before = shell().run("history --json").orFail().json();
        var next = HOST.revision("next").pushed().publish();
        shell().run("deploy", HOST.file("next.json", next.json()).toString()).orFail();
        var status = shell().run("status --json").orFail().json();
        var again = shell().run("deploy", HOST.directory().resolve("next.json").toString(), "--json");
        var words = shell().run("deploy", HOST.directory().resolve("next.json").toString());
        var container = shell().run("status --json").orFail().json().at("/Active/Container");
        shell().run("deploy", HOST.directory().resolve("blue.json").toString(), "--md5")
                .orFail();

        assertThat(status.path("Drift").isNull()).as(status.toString()).isTrue();
        assertThat(again.exitCode()).isEqualTo(10);
        assertThat(again.json().path("Changed").asBoolean(true)).isFalse();
        assertThat(words.exitCode()).isEqualTo(10);
        assertThat(words.out()).startsWith("nothing changed: ").contains(next.revision());
        assertThat(container).isEqualTo(status.at("/Active/Container"));
        assertThat(shell().run("history --json").orFail().json()).hasSize(Math.min(10, before.size() + 2));
    }

    @Test
    void launch_and_switch_do_what_the_api_does() {
        var green = HOST.revision("green").pushed().publish();

        var launched = shell().run("launch", green.hash()).orFail();
        var switched = shell().run("switch", green.revision(), "--json").orFail();
        shell().run("launch", blue.hash()).orFail();
        var back = shell().run("switch", blue.hash().substring(0, 6)).orFail();

        assertThat(launched.out().strip()).matches("started container .* listening on port \\d+");
        assertThat(launched.err()).contains("healthy");
        assertThat(switched.json().path("State").asText()).isEqualTo("active");
        assertThat(back.out()).startsWith("switched proxy to port");
        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
    }

    @Test
    void events_tell_what_happened_and_what_happens() {
        var words = shell().run("events --recent 1000").orFail();
        var json = shell().run("events --recent 1000 --json").orFail().json();
        var following = shell().start("events --follow --recent 0 --json");
        await().untilAsserted(() -> {
            agent.post("/resume", "");
            assertThat(following.outSoFar()).contains("\"resumed\"");
        });
        following.kill();

        assertThat(words.out()).contains("switched").contains(blue.revision());
        assertThat(json).isInstanceOf(ArrayNode.class).isNotEmpty();
        assertThat(following.outSoFar().lines()).allMatch(line -> line.startsWith("{") && line.endsWith("}"));
    }

    @Test
    void logs_show_what_the_active_container_wrote() {
        var words = shell().run("logs --tail 5").orFail();
        var json = shell().run("logs --json " + blue.revision()).orFail();

        assertThat(words.out()).isNotBlank();
        assertThat(json.out().lines()).allMatch(line -> line.startsWith("{\"Line\":"));
    }

    @Test
    void traffic_is_held_back_and_let_go() {
        assertThat(shell().run("pause --max-wait 2s --max-requests 3").orFail().out())
                .contains("up to 3 requests wait");
        assertThat(shell().run("status").orFail().out()).contains("paused");
        assertThat(shell().run("maintenance --json", "gone fishing")
                        .orFail()
                        .json()
                        .path("State")
                        .asText())
                .isEqualTo("maintenance");
        assertThat(agent.get("/revision").body()).contains("gone fishing");
        assertThat(shell().run("resume").orFail().out()).contains("resumed");
    }

    @Test
    void the_log_tells_more_for_a_while() {
        var changed =
                shell().run("log-level debug --category manager --for 10m").orFail();
        shell().run("status").orFail();
        var more = agent.log()
                .lines()
                .filter(line -> line.contains("GET /status from"))
                .toList();
        var shown = shell().run("log-level --json").orFail().json().path("Levels");
        var back = shell().run("log-level default --category manager").orFail();
        var before =
                agent.log().lines().filter(line -> line.contains(" DEBUG ")).count();
        shell().run("status").orFail();

        assertThat(changed.out().strip()).isEqualTo("log level of manager: debug for 10m");
        assertThat(more).isNotEmpty().allMatch(line -> line.contains(" DEBUG "));
        assertThat(shown.get(1).path("Category").asText()).isEqualTo("manager");
        assertThat(shown.get(1).path("SecondsLeft").asLong()).isBetween(1L, 600L);
        assertThat(back.out().strip()).isEqualTo("log level of manager: info, as at the start");
        assertThat(agent.log().lines().filter(line -> line.contains(" DEBUG "))).hasSize((int) before);
        assertThat(shell().run("log-level").orFail().out().strip()).isEqualTo("all: info");
        assertThat(shell().run("events").orFail().out()).contains("log-level").contains("manager: debug for 10m");
        assertThat(shell().run("log-level debug --category nonsense").exitCode())
                .isEqualTo(2);
        assertThat(agent.api("PUT", "/log-level").status()).isEqualTo(401);
    }

    // ---- the store ----

    @Test
    void history_has_who_when_and_what() {
        var words = shell().run("history").orFail();
        var json = shell().run("history --json").orFail().json();

        assertThat(words.out())
                .contains("*")
                .contains(blue.revision())
                .contains(blue.hash().substring(0, 8));
        var entry = json.get(0);
        assertThat(entry.path("Revision").asText()).isEqualTo(blue.revision());
        assertThat(entry.path("DeployedBy").asText()).contains("@");
        assertThat(Instant.parse(entry.path("DeployedAt").asText())).isBefore(Instant.now());
    }

    @Test
    void a_configuration_is_shown_without_its_secrets_unless_asked_for() {
        var shown = shell().run("config show").orFail();
        var revealed = shell().run("config show --reveal", blue.hash()).orFail();
        var environment = shell().run("env current").orFail();
        var asJson = shell().run("env current --json --reveal").orFail().json();

        assertThat(shown.out() + environment.out())
                .doesNotContain("hunter22")
                .doesNotContain("hunter33")
                .contains("DB_PASSWORD=[masked]")
                .contains("DATABASE_URL=postgres://shop:[masked]@db/shop")
                .contains("GREETING=a = b");
        assertThat(revealed.json()).isEqualTo(new Response(0, blue.json(), null).json());
        assertThat(asJson.path("DB_PASSWORD").asText()).isEqualTo("hunter22");
    }

    @Test
    void image_current_may_be_read_by_machines() {
        assertThat(shell().run("im cu -j").orFail().json().path("Image").asText())
                .isEqualTo(blue.image());
    }

    @Test
    void a_configuration_is_validated_pushed_and_compared() throws IOException {
        var next = HOST.file(
                "next.json", blue.json().replace("hunter22", "hunter44").replace("a = b", "c"));
        var wrong = HOST.file("wrong.json", blue.json().replace("ContainerConfig", "Container"));

        var valid =
                shell().run("config validate --json", next.toString()).orFail().json();
        var invalid = shell().run("config validate", wrong.toString());
        var fixed = HOST.file(
                "fixed.json",
                blue.json()
                        .replace(
                                "\"HostConfig\" : { }",
                                "\"HostConfig\": {\"PortBindings\": {\"9292/tcp\": [{\"HostPort\": \"8000\"}]}}"));
        var warned = shell().run("config validate", fixed.toString()).orFail();
        var hash = shell().run("config push", next.toString()).orFail().out().strip();
        var again = shell().run("config push --json", next.toString()).orFail().json();
        var words = shell().run("config diff", next.toString()).orFail();
        var json = shell().run("config diff --json current", hash).orFail().json();

        assertThat(valid.get(0).path("Hash").asText()).isEqualTo(hash);
        assertThat(invalid.exitCode()).isEqualTo(7);
        assertThat(invalid.err()).contains("Container");
        assertThat(warned.err()).contains("HostConfig.PortBindings.9292/tcp").contains("8000");
        assertThat(again.path("Hash").asText()).isEqualTo(hash);
        assertThat(Files.readString(HOST.store().path("container." + hash + ".json")))
                .isEqualTo(Files.readString(next));
        assertThat(words.out())
                .contains("- ContainerConfig.Env.GREETING: a = b")
                .contains("+ ContainerConfig.Env.GREETING: c")
                .contains("ContainerConfig.Env.DB_PASSWORD: [masked]")
                .doesNotContain("hunter");
        assertThat(json).hasSize(2);
    }

    // ---- the program itself ----

    @Test
    void doctor_says_what_is_wrong_and_how_to_fix_it() {
        var before = HOST.store().keys();
        var well = shell().run("doctor --json");
        var ill = shell().with("WUNDERPROXY_TOKEN", "0123456789abcdef0123456789abcdef")
                .with("AWS_SECRET_ACCESS_KEY", "another")
                .run("doctor --docker-host unix:///no/such.sock --proxy", "127.0.0.1:" + agent.proxyPort());

        assertThat(well.exitCode()).as(well.out()).isZero();
        assertThat(HOST.store().keys()).isEqualTo(before);
        assertThat(well.json().findValuesAsText("Check"))
                .contains("manager", "token", "store", "promotion", "clock", "docker", "registry", "ports");
        assertThat(ill.exitCode()).isEqualTo(1);
        assertThat(ill.out())
                .contains("token: is not accepted")
                .contains("api-token")
                .contains("access denied")
                .contains("there is no /no/such.sock")
                .contains("systemctl start docker");
    }

    @Test
    void every_command_has_help_with_examples_and_a_manual_page() {
        // One process knows them all.
        var directory = HOST.directory().resolve("man1");
        shell().run("man --dir", directory.toString()).orFail();

        for (var command : COMMANDS) {
            var page = directory.resolve("wunderproxy-" + command.replace(' ', '-') + ".1");
            assertThat(page)
                    .content()
                    .contains(".SH EXAMPLES")
                    .contains("wunderproxy")
                    .contains(".SH OPTIONS");
        }
        assertThat(shell().run("deploy --help").orFail().out())
                .contains("Examples:")
                .contains("--dry-run");
        var rendered = Command.of(
                "groff",
                "-man",
                "-Tutf8",
                "-ww",
                "-P-c",
                directory.resolve("wunderproxy-deploy.1").toString());
        // Bold is a letter over the same one.
        var text = rendered.output().replaceAll(".\b", "");
        assertThat(rendered.exitCode()).isZero();
        assertThat(text).doesNotContain("warning").contains("EXIT STATUS").contains("--dry-run");
    }

    @Test
    void bash_completes_commands_and_options() throws IOException {
        var script = HOST.file(
                "completion.bash", shell().run("completion bash").orFail().out());

        var completed = Command.run("bash", "-c", """
                source %s
                COMP_WORDS=(wunderproxy dep); COMP_CWORD=1; COMP_LINE="wunderproxy dep"; COMP_POINT=15
                _complete_wunderproxy 2>/dev/null; echo "${COMPREPLY[@]}"
                COMP_WORDS=(wunderproxy deploy --dry); COMP_CWORD=2; COMP_LINE="wunderproxy deploy --dry"; COMP_POINT=24
                _complete_wunderproxy 2>/dev/null; echo "${COMPREPLY[@]}"
                """.formatted(script));

        assertThat(completed.lines()).containsExactly("deploy", "--dry-run");
    }

    @Test
    void fish_completes_commands_options_and_their_values() {
        var script = HOST.file(
                "completion.fish", shell().run("completion fish").orFail().out());

        assertThat(fish(script, "wunderproxy dep")).startsWith("deploy\t");
        assertThat(fish(script, "wunderproxy deploy --dry")).startsWith("--dry-run\t");
        assertThat(fish(script, "wunderproxy deploy --no-force")).startsWith("--no-force-reload");
        assertThat(fish(script, "wunderproxy run --api-auth ").lines()).anyMatch(line -> line.startsWith("none"));
    }

    private static String fish(Path script, String typed) {
        return Command.run("fish", "--no-config", "-c", "source " + script + "; complete -C '" + typed + "'");
    }

    @Test
    void zsh_takes_the_completion_as_its_own() {
        var script = HOST.file(
                "completion.zsh", shell().run("completion zsh").orFail().out());

        var taken = Command.run(
                "zsh",
                "-f",
                "-c",
                "autoload -U compinit; compinit -u -D; source " + script + "; print ${_comps[wunderproxy]}; "
                        + "whence -w _complete_wunderproxy");

        assertThat(taken.lines())
                .containsExactly(
                        "_bash_complete -F _complete_wunderproxy -o default", "_complete_wunderproxy: function");
    }

    @ParameterizedTest
    @CsvSource({
        "s, 'switch'",
        "depoly, deploy",
        "status --tok x, --token-file",
        "status --hots x, --host",
    })
    void a_wrong_word_is_corrected(String words, String response) {
        var result = shell().run(words);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(response);
        assertThat(result.out()).isEmpty();
    }

    @Test
    void a_hyphen_is_standard_input() {
        var words = new ArrayList<>(Host.command());
        words.addAll(List.of("config", "validate", "-"));

        var result = Command.of(new ByteArrayInputStream(blue.json().getBytes(StandardCharsets.UTF_8)), words);

        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"hi", "im cu", "conf sh", "stat --js", "man im cu"})
    void words_may_be_shortened(String words) {
        shell().run(words).orFail();
    }

    @ParameterizedTest
    @CsvSource({
        "launch 00000000000000000000000000000000, 3",
        "launch nosuchrevision, 3",
        "switch 00000000000000000000000000000000, 8",
        "status --host 127.0.0.1:1, 5",
        "config show no-such-file.json, 3",
        "deploy ./no-such-file.json, 3",
        "history --s3prefix no/such, 0",
        "history --s3bucket no-such-bucket, 5",
    })
    void the_exit_code_tells_what_kind_of_failure_it_was(String words, int exitCode) {
        var result = shell().run(words);

        assertThat(result.exitCode()).as(result.err()).isEqualTo(exitCode);
        if (exitCode != 0) {
            // Above it may be what was done until then.
            assertThat(result.err().strip().lines().toList().getLast()).contains(": ");
            assertThat(result.err()).doesNotContain("Exception", "\tat ");
        }
    }

    @Test
    void a_failure_is_json_for_machines() {
        var refused = shell().without("WUNDERPROXY_TOKEN").run("resume --json");

        assertThat(refused.exitCode()).isEqualTo(4);
        assertThat(refused.json().path("ExitCode").asInt()).isEqualTo(4);
        assertThat(refused.json().path("Error").asText()).contains("token");
    }

    @Test
    void options_come_from_the_command_line_the_environment_and_a_file_in_this_order() {
        var config = HOST.file(
                "config",
                "# mine\nhost=127.0.0.1:1\ns3bucket=" + HOST.bucket() + "\ntoken-file="
                        + HOST.file("mytoken", agent.token() + "\n") + "\n");
        var fromFile = shell().with("WUNDERPROXY_CONFIG", config.toString())
                .without("WUNDERPROXY_S3BUCKET")
                .without("WUNDERPROXY_TOKEN");

        assertThat(fromFile.run("history").exitCode()).isZero();
        assertThat(fromFile.run("resume").exitCode()).isZero();
        assertThat(fromFile.run("status --host 127.0.0.1:2").err()).contains("127.0.0.1:2");
        assertThat(fromFile.without("WUNDERPROXY_HOST").run("status").err()).contains("127.0.0.1:1");
        assertThat(fromFile.with(
                                "WUNDERPROXY_CONFIG",
                                HOST.file("typo", "hots=x\n").toString())
                        .run("status")
                        .err())
                .contains("line 1")
                .contains("hots");
    }

    @Test
    void a_manager_on_a_unix_socket_is_reached() {
        var socket = HOST.directory().resolve("api.sock");
        var other = HOST.agent(
                        java.util.Map.of(),
                        "--api",
                        "unix:" + socket,
                        "--state-dir",
                        HOST.directory().resolve("state2").toString())
                .start();

        await().atMost(LONG)
                .until(() -> shell().run("status --host", "unix:" + socket).exitCode() == 0);
        other.close();
    }

    @Test
    void on_a_terminal_there_are_colours_and_a_line_that_changes_unless_nobody_wants_them() {
        var coloured = shell().with("TERM", "xterm").onTerminal("status");
        var plain = shell().with("TERM", "xterm").with("NO_COLOR", "1").onTerminal("status");
        var deployed = shell().with("TERM", "xterm")
                .onTerminal("deploy " + HOST.directory().resolve("blue.json") + " --md5");

        assertThat(coloured.out()).contains("\033[32m");
        assertThat(plain.out()).doesNotContain("\033[").contains(blue.revision());
        assertThat(deployed.out()).contains("✓").contains("\033[G\033[K").contains("nothing changed");
    }

    @ParameterizedTest
    @ValueSource(strings = {"status", "history"})
    void a_table_fits_a_narrow_terminal_and_has_its_full_width_elsewhere(String command) {
        var narrow = shell().with("TERM", "dumb").onTerminal(60, command);
        var file = shell().run(command);

        assertThat(narrow.exitCode()).isZero();
        assertThat(narrow.out().lines())
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.strip().length()).as(line).isLessThanOrEqualTo(60));
        assertThat(narrow.out()).contains(blue.revision());
        assertThat(file.out()).contains("REVISION", "HASH").doesNotContain("left out");
    }
}
