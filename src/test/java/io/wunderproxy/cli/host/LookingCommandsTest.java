package io.wunderproxy.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.api.AgentView;
import io.wunderproxy.api.RegistryView;
import io.wunderproxy.api.SettingView;
import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.FakeManager.Behaviour;
import io.wunderproxy.client.FakeManagerServer;
import io.wunderproxy.supervision.ReloadSocket;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that look at one host: status, logs and log levels. */
class LookingCommandsTest {

    private static final String BLUE = "b".repeat(64);
    private static final String GREEN = "a".repeat(64);

    @TempDir
    Path directory;

    private FakeManagerServer server;
    private FakeManager host;
    private CommandRunner commands;

    @BeforeEach
    void a_host_serves() throws IOException {
        server = FakeManagerServer.start();
        host = server.manager().serving(BLUE);
        commands = new CommandRunner(directory).with("WUNDERPROXY_HOST", server.address());
    }

    @AfterEach
    void stop() {
        server.close();
    }

    private Result run(String words) {
        return commands.runWords(words);
    }

    // ---- status ----

    @Test
    void the_status_has_a_line_for_whatever_is_not_as_it_should_be() {
        host.isPaused(3);
        host.docker("cannot connect");
        host.hasProblem("the bucket is gone");
        host.driftsFrom(GREEN);
        host.registry(new RegistryView("embedded", 8080, "no such bucket", Optional.of("images")));

        assertThat(run("status").out())
                .containsPattern("traffic +paused, 3 requests wait\n")
                .containsPattern("docker +cannot connect\n")
                .containsPattern("registry +embedded on port 8080 from images: no such bucket\n")
                .containsPattern("drift +active is another than that of current.json\n")
                .containsPattern("problem +the bucket is gone\n");
    }

    @Test
    void the_status_shows_the_settings_in_force_and_where_each_came_from() {
        host.agent(new AgentView(
                "shop",
                "",
                "",
                "",
                "",
                "",
                "",
                Optional.of("/etc/wunderproxy/settings"),
                List.of(
                        new SettingView("drain-timeout", Optional.of("5s"), "file", Optional.of("settings, line 3")),
                        new SettingView("proxy", Optional.of(":81"), "command line", Optional.empty()),
                        new SettingView("max-body", Optional.of("1g"), SettingView.DEFAULT, Optional.empty()))));

        assertThat(run("status --settings").out())
                .containsPattern("drain-timeout +5s +settings, line 3\n")
                .containsPattern("proxy +:81 +command line\n")
                .containsPattern("max-body +1g +default\n");
    }

    @Test
    void the_status_of_an_agent_that_does_not_know_its_settings_has_none() {
        host.agent(new AgentView("shop", "", "", "", "", "", "", Optional.empty(), List.of()));

        assertThat(run("status --settings").exitCode()).isEqualTo(1);
        assertThat(run("status --settings").err()).contains("too old");
    }

    @Test
    void the_status_is_silent_on_what_there_is_not() {
        host.isInMaintenance();

        assertThat(run("status").out())
                .containsPattern("traffic +in maintenance\n")
                .containsPattern("connections +1 active\n")
                .containsPattern("requests +0 since the switch\n")
                .doesNotContain("drift", "problem", "registry");
    }

    @Test
    void the_status_is_no_longer_than_it_must_be_and_has_no_orders_for_a_terminal() {
        host.hasProblem("\u001b[2Jgone");
        host.behaves(BLUE, new Behaviour(1, 0, 0.1, 0.2));

        assertThat(run("status").out())
                .contains("?[2Jgone")
                .doesNotContain("\u001b")
                .contains("ms on average");
    }

    @ParameterizedTest
    @CsvSource({"status --table x", "status extra", "status --timeout soon", "status --host ''"})
    void what_the_status_does_not_take_is_misuse(String words) {
        var result = run(words);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).startsWith("status: ").endsWith("See 'wunderproxy status --help'.\n");
    }

    // ---- logs ----

    @Test
    void the_log_of_the_active_container_is_printed_as_it_is() {
        host.logs(BLUE, "one", "\u001b[31mtwo");

        var log = run("logs");

        assertThat(log.exitCode()).as(log.err()).isZero();
        assertThat(log.out()).isEqualTo("one\n\u001b[31mtwo\n");
        assertThat(server.asked()).contains("GET /deployments/" + BLUE + "/logs?tail=100&follow=false");
    }

    @Test
    void each_line_of_a_log_is_an_object_for_machines() {
        host.logs(BLUE, "{\"level\": \"info\"}", "two");

        var lines = run("logs --json -n 2").jsonLines();

        assertThat(lines.stream().map(line -> line.path("Line").asText()))
                .containsExactly("{\"level\": \"info\"}", "two");
        assertThat(server.asked()).contains("GET /deployments/" + BLUE + "/logs?tail=2&follow=false");
    }

    @Test
    void the_log_of_another_container_is_asked_for_by_name() {
        host.launch(GREEN);
        host.logs(GREEN, "green");

        assertThat(run("logs revision-aaaa").out()).isEqualTo("green\n");
        assertThat(run("logs aaaa --follow").out()).isEqualTo("green\n");
        assertThat(server.asked()).contains("GET /deployments/" + GREEN + "/logs?tail=100&follow=true");
    }

    @Test
    void there_may_be_no_log() {
        assertThat(run("logs cccc").exitCode()).isEqualTo(3);

        host.servesNothing();
        var nothing = run("logs");

        assertThat(nothing.exitCode()).isEqualTo(3);
        assertThat(nothing.err()).isEqualTo("logs: nothing serves; name a deployment, see 'wunderproxy status'\n");
    }

    // ---- the agent itself ----

    @Test
    void an_agent_is_asked_to_replace_itself_by_its_process_id_and_not_by_its_manager() throws Exception {
        var reload = "reload --process " + ProcessHandle.current().pid();
        try (var agent = ReloadSocket.open(() -> new ReloadSocket.Outcome.Replaced(4711))) {
            assertThat(run(reload).out()).startsWith("replaced by process 4711");
            assertThat(run(reload + " --json").json().path("ProcessId").asInt()).isEqualTo(4711);
        }
        try (var agent = ReloadSocket.open(() -> new ReloadSocket.Outcome.Refused("line 1 is wrong"))) {
            var refused = run(reload);

            assertThat(refused.exitCode()).isEqualTo(1);
            assertThat(refused.err()).isEqualTo("reload: line 1 is wrong\n");
        }
        assertThat(run(reload).exitCode()).isEqualTo(3);
        assertThat(server.asked()).isEmpty();
    }

    // ---- log levels ----

    @Test
    void a_log_level_is_shown_and_changed() {
        assertThat(run("log-level").out()).isEqualTo("log level of all: info\n");
        assertThat(run("log-level --json").json().path("Message").asText()).isEqualTo("log level of all: info");

        assertThat(run("log-level DEBUG").exitCode()).isZero();
        assertThat(run("log-level warn --category proxy --for 90s").exitCode()).isZero();
        assertThat(run("log-level default -c a&b").exitCode()).isZero();
        assertThat(server.asked())
                .containsSubsequence(
                        "GET /log-level",
                        "PUT /log-level?category=all debug",
                        "PUT /log-level?category=proxy&for=90s warn",
                        "PUT /log-level?category=a%26b default");
    }

    @ParameterizedTest
    @CsvSource({
        "log-level --category proxy, which level?",
        "log-level --for 5m, which level?",
        "log-level loud, loud",
        "log-level debug --for soon, --for"
    })
    void what_says_no_level_is_misuse(String words, String message) {
        var result = run(words);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message);
        assertThat(server.asked()).isEmpty();
    }

    // ---- how a manager is reached ----

    @ParameterizedTest
    @CsvSource({
        "--via web1, --via: 'web1' is no ssh://[user@]host[:port]",
        "'--via ssh://', --via: ",
        "--host unix:/x --via ssh://{host}, --via: there is no host for {host} in unix:/x",
        "--host 127.0.0.1:99999, --host: invalid manager address"
    })
    void a_way_that_leads_nowhere_is_misuse(String options, String message) {
        var result = run("status " + options);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message);
    }

    @Test
    void authorities_that_can_not_be_read_are_misuse() {
        var result = run("status --host https://" + server.address() + " --ca-file " + directory + "/none.pem");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("--ca-file: ").contains("none.pem");
    }

    @Test
    void a_server_that_says_nothing_to_a_tls_handshake_is_given_up_in_time() {
        var result = run("status --json --timeout 200ms --host https://" + server.address());

        assertThat(result.exitCode()).isEqualTo(5);
        assertThat(result.json().path("Error").asText())
                .startsWith("cannot reach the manager at https://" + server.address() + ": ");
    }
}
