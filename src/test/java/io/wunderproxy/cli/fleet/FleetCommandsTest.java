package io.wunderproxy.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.FakeManager.Behaviour;
import io.wunderproxy.client.FakeManagerServer;
import io.wunderproxy.launchconfig.ConfigHash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The commands that speak to several hosts, and what they print. */
class FleetCommandsTest {

    @TempDir
    Path directory;

    private final List<FakeManagerServer> servers = new ArrayList<>();
    private CommandRunner commands;

    @BeforeEach
    void three_hosts_serve_the_same() throws IOException {
        Files.createDirectories(directory.resolve("store/shop"));
        for (var i = 0; i < 3; i++) {
            servers.add(FakeManagerServer.start());
        }
        commands = new CommandRunner(directory)
                .with("WUNDERPROXY_S3BUCKET", "file:" + directory + "/store")
                .with("WUNDERPROXY_S3PREFIX", "shop")
                .with(
                        "WUNDERPROXY_HOSTS",
                        servers.stream().map(FakeManagerServer::address).collect(Collectors.joining(",")))
                .with("WUNDERPROXY_BAKE", "0s");
        deploy("blue");
    }

    @AfterEach
    void stop() {
        servers.forEach(FakeManagerServer::close);
    }

    private FakeManager host(int number) {
        return servers.get(number).manager();
    }

    private String name(int number) {
        return "http://" + servers.get(number).address();
    }

    private static String document(String revision) {
        return """
            {"ContainerConfig": {"Image": "localhost:8080/shop:%1$s"}, "HealthCheckPath": "up", "Revision": "%1$s"}
            """.formatted(revision);
    }

    private static String hash(String revision) {
        return ConfigHash.sha256(document(revision).getBytes(StandardCharsets.UTF_8))
                .value();
    }

    private Result deploy(String revision, String... more) throws IOException {
        var file = Files.writeString(directory.resolve(revision + ".json"), document(revision));
        return commands.runWords("fleet deploy " + file, more);
    }

    private List<String> serving() {
        return servers.stream().map(server -> server.manager().active()).toList();
    }

    @Test
    void a_deployment_tells_what_each_host_does_and_the_steps_of_the_whole() throws IOException {
        var result = deploy("green", "--batch", "2");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out())
                .isEqualTo("deployed revision green (" + hash("green").substring(0, 8) + ") to 3 hosts\n");
        assertThat(result.err().lines())
                .contains(
                        "without --table nothing keeps somebody else from deploying to these hosts at the same time",
                        "deploying revision green (" + hash("green").substring(0, 8) + ") to 3 hosts",
                        name(0) + ": launching",
                        name(0) + ": confirmed",
                        name(0) + ": switching",
                        name(0) + ": switched",
                        "healthy on 3 of 3 hosts",
                        "switched 2 of 3 hosts",
                        "switched 3 of 3 hosts",
                        "promoted revision green");
        assertThat(serving()).containsOnly(hash("green"));
    }

    @Test
    void machines_get_each_step_in_a_line_and_the_result_in_the_last() throws IOException {
        var lines = deploy("green", "--json").jsonLines();

        assertThat(lines).anySatisfy(line -> {
            assertThat(line.path("Host").asText()).isEqualTo(name(2));
            assertThat(line.path("State").asText()).isEqualTo("switched");
            assertThat(line.path("Time").asText()).isNotEmpty();
        });
        assertThat(lines)
                .anySatisfy(line -> assertThat(line.path("Step").asText()).isEqualTo("promoted revision green"))
                .anySatisfy(line -> assertThat(line.path("Warning").asText()).startsWith("without --table"));
        var result = lines.getLast();
        assertThat(result.path("Result").asText()).isEqualTo("Deployed");
        assertThat(result.path("Revision").asText()).isEqualTo("green");
        assertThat(result.path("Hash").asText()).isEqualTo(hash("green"));
        assertThat(result.path("Hosts").asInt()).isEqualTo(3);
    }

    @Test
    void the_same_again_changes_nothing_and_ends_with_10() throws IOException {
        deploy("blue");

        var again = deploy("blue");
        var machine = deploy("blue", "--json");

        assertThat(again.exitCode()).as(again.err()).isEqualTo(10);
        assertThat(again.out()).startsWith("nothing changed: 3 hosts serve revision blue");
        assertThat(machine.exitCode()).isEqualTo(10);
        assertThat(machine.jsonLines().getLast().path("Result").asText()).isEqualTo("NothingChanged");
    }

    @Test
    void what_one_host_can_not_serve_is_served_by_none_unless_the_quorum_allows_it() throws IOException {
        host(1).failsToLaunch(hash("green"), "exited with 1");

        var all = deploy("green");

        assertThat(all.exitCode()).isEqualTo(8);
        assertThat(all.err())
                .contains(name(1) + ": failed: exited with 1")
                .endsWith("deploy: nothing was switched: 2 of 3 hosts can serve it, and --quorum asks for 3: " + name(1)
                        + ": exited with 1\n");
        assertThat(serving()).containsOnly(hash("blue"));

        var two = deploy("green", "--quorum", "2");

        assertThat(two.exitCode()).as(two.err()).isZero();
        assertThat(two.err()).contains("1 of 3 hosts do not serve it: " + name(1));
        assertThat(serving()).containsExactly(hash("green"), hash("blue"), hash("green"));
    }

    @Test
    void what_returns_errors_is_switched_back() throws IOException {
        for (var i = 0; i < 3; i++) {
            host(i).behaves(hash("blue"), new Behaviour(100, 0, 0.01, 0.02));
            host(i).behaves(hash("green"), new Behaviour(100, 50, 0.01, 0.02));
        }

        var result = deploy("green", "--batch", "1");

        assertThat(result.exitCode()).isEqualTo(8);
        assertThat(result.err())
                .contains("errors since the switch: ", "50.00 % errors", "going back", ": back")
                .endsWith("all hosts serve again what they served before; nothing was promoted\n");
        assertThat(serving()).containsOnly(hash("blue"));

        assertThat(deploy("green", "--batch", "1", "--max-errors", "60").exitCode())
                .as("as many errors as the user allows")
                .isZero();
    }

    @Test
    void a_rollback_deploys_the_one_before_everywhere() throws IOException {
        deploy("green");

        var shown = commands.runWords("fleet rollback --dry-run");
        var back = commands.runWords("fleet rollback");

        assertThat(shown.out()).contains("- Revision: green", "+ Revision: blue");
        assertThat(back.exitCode()).as(back.err()).isZero();
        assertThat(back.out()).startsWith("deployed revision blue ");
        assertThat(serving()).containsOnly(hash("blue"));
        assertThat(commands.runWords("fleet rollback green").out()).startsWith("deployed revision green ");
    }

    @Test
    void without_a_table_nothing_is_known_to_be_interrupted() {
        var resumed = commands.runWords("fleet resume");
        var looked = commands.runWords("fleet resume --dry-run");

        assertThat(resumed.exitCode()).isEqualTo(3);
        assertThat(resumed.err()).endsWith("resume: no deployment of this fleet was interrupted\n");
        assertThat(looked.exitCode()).isEqualTo(3);
    }

    @Test
    void a_dry_run_shows_the_difference_and_does_nothing() throws IOException {
        var calls = host(0).calls();

        var shown = deploy("green", "--dry-run", "--json");

        assertThat(shown.exitCode()).as(shown.err()).isZero();
        assertThat(shown.json().findValuesAsText("After")).contains("green", "localhost:8080/shop:green");
        assertThat(host(0).calls()).isEqualTo(calls);
    }

    // ---- what they do now ----

    @Test
    void the_status_of_all_is_one_table() {
        servers.get(2).close();
        host(0).launch("a".repeat(64));
        host(0).switchTo("a".repeat(64));

        var status = commands.runWords("fleet status");

        assertThat(status.exitCode()).as(status.err()).isZero();
        assertThat(status.out())
                .contains("HOST", "REVISION", "HEALTH", "REQ/S", "P99", "DRIFT")
                .containsPattern(name(0) + " +revision-aaaa +aaaaaaaa +healthy .* drift")
                .containsPattern(name(1) + " .* healthy")
                .containsPattern(name(2) + " .* unreachable")
                .contains("3 hosts, 1 not reached, 1 drifting");
    }

    @Test
    void machines_get_the_status_of_each_host() {
        servers.get(2).close();

        var hosts = commands.runWords("fleet status --json").json();

        assertThat(hosts).hasSize(3);
        var first = hosts.path(0);
        assertThat(first.path("Host").asText()).isEqualTo(name(0));
        assertThat(first.path("Reached").asBoolean()).isTrue();
        assertThat(first.path("Hash").asText()).isEqualTo(hash("blue"));
        assertThat(first.path("Health").asText()).isEqualTo("healthy");
        assertThat(first.path("Drift").asBoolean()).isFalse();
        assertThat(first.path("Problem").isNull()).isTrue();
        assertThat(hosts.path(2).path("Reached").asBoolean()).isFalse();
        assertThat(hosts.path(2).path("Problem").asText()).startsWith("cannot reach the manager");
    }

    // ---- misuse ----

    @ParameterizedTest
    @CsvSource({
        "--max-errors=101, --max-errors: must be 0 to 100",
        "--max-errors=-1, --max-errors: must be 0 to 100",
        "--max-slowdown=0.5, --max-slowdown: must be at least 1",
        "--parallel=0, --parallel: must be 1 to 1000",
        "--parallel=1001, --parallel: must be 1 to 1000",
        "--quorum=0, neither a number of hosts",
        "--quorum=101%, neither a number of hosts",
        "--batch=many, neither a number of hosts",
        "--bake=soon, --bake"
    })
    void what_makes_no_sense_is_misuse(String option, String message) throws IOException {
        var result = deploy("green", option);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message);
        assertThat(serving()).containsOnly(hash("blue"));
    }

    @Test
    void somebody_must_say_which_hosts() throws IOException {
        commands.with("WUNDERPROXY_HOSTS", "");

        var result = deploy("green");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("which hosts? Give --table, whose members they are, or --hosts, or --tag");
    }

    @Test
    void an_address_that_is_none_is_named() throws IOException {
        var result = deploy("green", "--hosts", "127.0.0.1:99999");

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("invalid manager address '127.0.0.1:99999': the port must be 1 to 65535");
    }
}
