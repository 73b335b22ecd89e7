package io.wunderproxy.cli.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.FakeManager.Behaviour;
import io.wunderproxy.client.FakeManagerServer;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.launchconfig.ConfigHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that speak to one host, and what they print. */
class HostCommandsTest {

    private static final String BLUE = "b".repeat(64);
    private static final String GREEN = "a".repeat(63) + "1";
    private static final String LATE = "a".repeat(63) + "2";

    @TempDir
    Path directory;

    private FakeManagerServer server;
    private FakeManager host;
    private CommandRunner commands;

    @BeforeEach
    void a_host_serves() throws IOException {
        Files.createDirectories(directory.resolve("store/shop"));
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

    // ---- what it does now ----

    @Test
    void the_status_is_shown_for_people() {
        host.behaves(BLUE, new Behaviour(10, 1, 0.1, 0.2));
        host.launch(GREEN);

        var status = run("status");

        assertThat(status.exitCode()).as(status.err()).isZero();
        assertThat(status.out())
                .containsPattern("serving +revision revision-bbbb \\(bbbbbbbb\\) since 2026-01-31T12:00:00Z")
                .containsPattern("health +healthy")
                .containsPattern("traffic +open")
                .containsPattern("requests +10 since the switch")
                .containsPattern("docker +Ok")
                .containsPattern("REVISION +HASH +STATE +SINCE")
                .containsPattern("revision-aaaa +aaaaaaaa +healthy");
    }

    @Test
    void the_status_of_a_host_that_is_not_well_says_what_is_wrong() {
        host.isUnhealthyWith(BLUE, "500");

        assertThat(run("status").out()).containsPattern("health +unhealthy: 500");

        host.servesNothing();
        assertThat(run("status").out()).containsPattern("serving +nothing");
    }

    @Test
    void the_status_is_given_to_machines_as_the_manager_gives_it() {
        var status = run("status --json").json();

        assertThat(status.path("Active").path("Hash").asText()).isEqualTo(BLUE);
        assertThat(status.path("DockerState").asText()).isEqualTo("Ok");
    }

    @Test
    void events_are_a_line_each() {
        server.happens("launching", "4f2c1d", "pulling shop:4f2c1d");
        server.happens("failed", "4f2c1d", "exited with 1");

        assertThat(run("events").out().lines())
                .containsExactly(
                        "2026-01-31T12:00:05Z launching   4f2c1d: pulling shop:4f2c1d",
                        "2026-01-31T12:00:05Z failed      4f2c1d: exited with 1");
        assertThat(run("events --json -n 5").json().findValuesAsText("Type")).containsExactly("launching", "failed");
        assertThat(server.asked()).contains("GET /events?recent=20", "GET /events?recent=5");
    }

    // ---- launch and switch ----

    @Test
    void a_launch_says_what_the_manager_says() {
        var launched = run("launch " + GREEN);

        assertThat(launched.exitCode()).as(launched.err()).isZero();
        assertThat(launched.out().strip()).isEqualTo("started container-2");
        assertThat(run("switch " + GREEN).out().strip()).isEqualTo("switched to container-2");
        assertThat(host.active()).isEqualTo(GREEN);
    }

    @Test
    void machines_get_a_launch_and_a_switch_in_json() {
        assertThat(run("launch --json " + GREEN).json().path("Message").asText())
                .isEqualTo("started container-2");
        assertThat(run("switch --json " + GREEN).json().path("Message").asText())
                .isEqualTo("switched to container-2");
    }

    @ParameterizedTest
    @CsvSource({"revision-bbbb", "bbbb", "bbbbbbbbbb"})
    void a_deployment_of_the_host_may_be_named_by_its_revision_or_the_first_digits_of_its_hash(String name) {
        assertThat(run("launch " + name).exitCode()).isZero();
        assertThat(host.calls()).containsExactly("launch " + BLUE);
    }

    @Test
    void a_name_that_fits_none_or_several_is_not_guessed() {
        host.launch(GREEN);
        host.launch(LATE);

        var several = run("switch aaaa");
        var none = run("switch cccc");
        var tooShort = run("switch bbb");

        assertThat(several.exitCode()).isEqualTo(3);
        assertThat(several.err()).contains("'aaaa' is not unique on this host: " + GREEN + ", " + LATE);
        assertThat(none.exitCode()).isEqualTo(3);
        assertThat(none.err()).contains("'cccc' is neither a hash nor a revision on this host");
        assertThat(tooShort.exitCode()).isEqualTo(3);
    }

    @Test
    void a_launch_that_fails_says_why_and_ends_with_8() {
        host.failsToLaunch(GREEN, "exited with 1");

        var failed = run("launch " + GREEN);
        var machine = run("launch --json " + GREEN);

        assertThat(failed.exitCode()).isEqualTo(8);
        assertThat(failed.err()).isEqualTo("launch: exited with 1\n");
        assertThat(machine.exitCode()).isEqualTo(8);
        assertThat(machine.json().path("Error").asText()).isEqualTo("exited with 1");
        assertThat(machine.json().path("ExitCode").asInt()).isEqualTo(8);
    }

    @ParameterizedTest
    @CsvSource({"MISUSE, 2", "NOT_FOUND, 3", "NOT_ALLOWED, 4", "INVALID, 7", "NOT_HEALTHY, 8", "FAILED, 1"})
    void what_the_manager_refuses_has_an_exit_code(Kind kind, int code) {
        host.refuses("switch", kind, "refused");

        assertThat(run("switch " + BLUE).exitCode()).isEqualTo(code);
    }

    @Test
    void a_manager_that_can_not_be_used_now_ends_with_5() {
        host.isReachable(false);

        assertThat(run("switch " + BLUE).exitCode()).isEqualTo(5);
    }

    @Test
    void a_manager_that_is_not_there_is_named() {
        server.close();

        var result = run("status");

        assertThat(result.exitCode()).isEqualTo(5);
        assertThat(result.err())
                .startsWith("status: cannot reach the manager at http://" + server.address() + ": ")
                .contains("is --host right?");
    }

    // ---- traffic ----

    @Test
    void traffic_is_held_back_and_let_go() throws IOException {
        var page = Files.writeString(directory.resolve("sorry.html"), "<h1>Sorry</h1>");

        assertThat(run("pause").out().strip()).isEqualTo("paused");
        assertThat(run("pause --max-wait 2m --max-requests 500").exitCode()).isZero();
        assertThat(commands.run("maintenance", "Back at 14:00").out().strip()).isEqualTo("in maintenance");
        assertThat(run("maintenance --page " + page).exitCode()).isZero();
        assertThat(run("resume --json").json().path("Message").asText()).isEqualTo("open");

        assertThat(server.asked())
                .containsExactly(
                        "POST /pause",
                        "POST /pause {\"MaxWait\":\"120000ms\",\"MaxRequests\":500}",
                        "POST /maintenance Back at 14:00",
                        "POST /maintenance <h1>Sorry</h1>",
                        "POST /resume");
        assertThat(run("maintenance --page /no/such/page.html").exitCode()).isEqualTo(3);
    }

    // ---- deploy and rollback ----

    private String config(String revision) throws IOException {
        return Files.writeString(directory.resolve(revision + ".json"), document(revision))
                .toString();
    }

    private static String document(String revision) {
        return """
            {"ContainerConfig": {"Image": "localhost:8080/shop:%1$s", "Env": ["WORKERS=2", "API_KEY=hush"]},
             "HealthCheckPath": "up", "Revision": "%1$s"}
            """.formatted(revision);
    }

    private static String hash(String revision) {
        return ConfigHash.sha256(document(revision).getBytes(StandardCharsets.UTF_8))
                .value();
    }

    private Result deploy(String revision, String... more) throws IOException {
        return commands.runWords("deploy -s file:" + directory + "/store -p shop " + config(revision), more);
    }

    private Result inStore(String words) {
        return run(words + " -s file:" + directory + "/store -p shop");
    }

    @Test
    void a_deployment_tells_its_steps_and_its_end() throws IOException {
        var result = deploy("r1");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err().lines())
                .containsExactly(
                        "stored revision r1 as " + directory + "/store/shop/container." + hash("r1") + ".json",
                        "started container-2",
                        "switched to container-2",
                        "promoted revision r1 to " + directory + "/store/shop/current.json");
        assertThat(result.out())
                .isEqualTo("deployed revision r1 (" + hash("r1").substring(0, 8) + ") to http://" + server.address()
                        + "\n");
        assertThat(host.active()).isEqualTo(hash("r1"));
    }

    @Test
    void the_same_again_changes_nothing_and_ends_with_10() throws IOException {
        deploy("r1");

        var again = deploy("r1");

        assertThat(again.exitCode()).as(again.err()).isEqualTo(10);
        assertThat(again.out())
                .startsWith("nothing changed: http://" + server.address() + " serves revision r1")
                .contains("If localhost:8080/shop:r1 was pushed again with another content");
    }

    @Test
    void machines_get_the_result_of_a_deployment_and_no_steps() throws IOException {
        deploy("r1");

        var result = deploy("r2", "--json", "--wait");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).isEmpty();
        var json = result.json();
        assertThat(json.path("Revision").asText()).isEqualTo("r2");
        assertThat(json.path("Hash").asText()).isEqualTo(hash("r2"));
        assertThat(json.path("Image").asText()).isEqualTo("localhost:8080/shop:r2");
        assertThat(json.path("Host").asText()).isEqualTo("http://" + server.address());
        assertThat(json.path("Previous").asText()).isEqualTo(hash("r1"));
        assertThat(json.path("Changed").asBoolean()).isTrue();
        assertThat(json.path("Message").asText()).startsWith("started container-");
        assertThat(json.path("DeployedBy").asText()).contains("@");
    }

    @Test
    void a_dry_run_shows_the_difference_and_does_nothing() throws IOException {
        deploy("r1");
        var calls = host.calls();

        var shown = deploy("r2", "--dry-run", "--env", "API_KEY=other", "--unset-env", "WORKERS");

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.out())
                .contains("- Revision: r1", "+ Revision: r2", "- ContainerConfig.Env.WORKERS: 2", "API_KEY")
                .doesNotContain("hush", "other");
        assertThat(host.calls()).isEqualTo(calls);
    }

    @Test
    void a_tag_takes_the_rest_from_the_current_configuration() throws IOException {
        deploy("r1");

        var result = inStore("deploy r2 --env WORKERS=4 -r second --json");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.json().path("Image").asText()).isEqualTo("localhost:8080/shop:r2");
        assertThat(result.json().path("Revision").asText()).isEqualTo("second");
        assertThat(inStore("config show --json").out()).contains("WORKERS=4");
    }

    @Test
    void a_tag_needs_a_current_configuration() {
        var result = inStore("deploy r2");

        assertThat(result.exitCode()).isEqualTo(3);
        assertThat(result.err())
                .contains("there is no " + directory + "/store/shop/current.json to take the rest from");
    }

    @ParameterizedTest
    @CsvSource({
        "=x, expected KEY=value with a name that has no blanks",
        "NOT_SET_ANYWHERE_HERE, or the KEY of a variable that is set here"
    })
    void a_variable_that_is_none_is_misuse_and_is_not_quoted(String line, String message) {
        var result = inStore("deploy r2 --env " + line);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message).doesNotContain("'" + line + "'", "NOT_SET");
    }

    @Test
    void a_file_that_is_no_configuration_is_named() throws IOException {
        var file = Files.writeString(directory.resolve("broken.json"), "{}");

        var result = inStore("deploy " + file);

        assertThat(result.exitCode()).isEqualTo(7);
        assertThat(result.err()).startsWith("deploy: " + file + ": ");
    }

    @Test
    void a_deployment_that_fails_leaves_what_serves() throws IOException {
        deploy("r1");
        host.failsToLaunch(hash("r2"), "exited with 1");

        var result = deploy("r2");

        assertThat(result.exitCode()).isEqualTo(8);
        assertThat(result.err()).endsWith("deploy: exited with 1\n");
        assertThat(host.active()).isEqualTo(hash("r1"));
        assertThat(inStore("history --json").json().findValuesAsText("Revision"))
                .containsExactly("r1");
    }

    @Test
    void a_field_that_the_host_does_not_know_ends_a_deployment_with_7_and_stores_nothing() throws IOException {
        host.knows("1.1.0", "ContainerConfig", "Revision");

        var refused = deploy("r1");
        var machine = deploy("r1", "--json");

        assertThat(refused.exitCode()).isEqualTo(7);
        assertThat(refused.err())
                .isEqualTo("deploy: nothing was stored or changed: http://" + server.address()
                        + " (version 1.1.0) does not know HealthCheckPath of launch configurations; upgrade the agent"
                        + " there, or leave that out of the configuration\n");
        assertThat(machine.json().path("ExitCode").asInt()).isEqualTo(7);
        assertThat(directory.resolve("store/shop")).isEmptyDirectory();
        assertThat(host.calls()).isEmpty();
    }

    @Test
    void a_host_that_is_too_old_to_tell_what_it_knows_is_deployed_to() throws IOException {
        host.saysNothingOfItself();

        assertThat(deploy("r1").exitCode()).isZero();
    }

    @Test
    void a_rollback_goes_back_to_the_last_good_one_or_to_a_named_one() throws IOException {
        for (var revision : List.of("r1", "r2", "r3")) {
            assertThat(deploy(revision).exitCode()).isZero();
        }

        var back = inStore("rollback");
        assertThat(back.exitCode()).as(back.err()).isZero();
        assertThat(back.out()).startsWith("deployed revision r2 ");
        assertThat(inStore("rollback").out()).startsWith("deployed revision r1 ");
        assertThat(inStore("rollback r3").out()).startsWith("deployed revision r3 ");
        assertThat(inStore("rollback " + hash("r1").substring(0, 8) + " --dry-run")
                        .out())
                .contains("- Revision: r3", "+ Revision: r1");
        assertThat(host.active()).isEqualTo(hash("r3"));
    }

    @Test
    void there_may_be_nothing_to_go_back_to() throws IOException {
        assertThat(inStore("rollback").err()).contains("nothing was promoted yet: nothing to go back from");

        deploy("r1");
        var first = inStore("rollback");
        var unknown = inStore("rollback r9");

        assertThat(first.exitCode()).isEqualTo(3);
        assertThat(first.err()).contains("the history has nothing before this; name a revision");
        assertThat(unknown.exitCode()).isEqualTo(3);
        assertThat(unknown.err()).contains("'r9' is neither a hash nor a revision in ");
    }

    @Test
    void a_deployment_needs_to_know_the_store() {
        var result = run("deploy r1");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err())
                .contains("--s3bucket may also be given as WUNDERPROXY_S3BUCKET, or as a line s3bucket=... of ")
                .endsWith("See 'wunderproxy deploy --help'.\n");
    }
}
