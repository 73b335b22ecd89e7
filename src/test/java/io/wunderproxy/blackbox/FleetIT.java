package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Five hosts that are deployed to as one, and everything that can happen meanwhile. */
class FleetIT {
    private static final Duration SOON = Duration.ofSeconds(60);

    @RegisterExtension
    static final FleetNetwork FLEET = new FleetNetwork(5);

    private static int number;

    /** What all hosts serve when a test begins. */
    private String blue;

    @BeforeAll
    static void agents_run() {
        FLEET.nodes().forEach(FleetNetwork.Node::startAgent);
        await("all members")
                .atMost(LONG)
                .until(() -> status().size() == 5
                        && status().findValuesAsText("Reached").stream().allMatch("true"::equals));
    }

    @BeforeEach
    void all_hosts_serve_the_same() throws IOException {
        blue = current();
        if (blue.isEmpty()) {
            blue = revision();
            deploy(blue).orFail();
        }
        if (!status().findValuesAsText("Revision").equals(Collections.nCopies(5, blue))
                && operator().run(words(blue, 5, 0)).exitCode() == 6) {
            // What a test that failed has left.
            operator().run("fleet resume --batch 5 --bake 0s").orFail();
            blue = current();
        }
        for (var node : FLEET.nodes()) {
            node.awaitServing(blue);
        }
    }

    // ---- all is well ----

    @Test
    void a_deployment_reaches_all_hosts_and_loses_no_request() throws IOException {
        var green = revision();
        var loads = FLEET.nodes().stream()
                .map(node -> Load.start(node.address(), 80, 3, 0))
                .toList();

        var result = deploy(green);

        loads.forEach(Load::end);
        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).contains("deployed revision " + green).contains("to 5 hosts");
        assertThat(result.err())
                .contains(
                        "host-1: launching", "host-5: switched", "switched 5 of 5 hosts", "promoted revision " + green);
        for (var load : loads) {
            assertThat(load.failures()).isEmpty();
            assertThat(load.size()).isPositive();
        }
        assertAllServe(green);
        assertThat(current()).isEqualTo(green);
        var newest = history().path(0);
        assertThat(newest.path("Phase").asText()).isEqualToIgnoringCase("done");
        assertThat(newest.path("Revision").asText()).isEqualTo(green);
    }

    @Test
    void the_same_configuration_again_changes_nothing_and_ends_with_a_code_of_its_own() {
        var green = revision();
        assertThat(deploy(green).exitCode()).isZero();

        var again = operator().run(words(green));
        var machine = operator().run(words(green) + " --json");

        assertThat(again.exitCode()).as(again.err()).isEqualTo(10);
        assertThat(again.out()).contains("nothing changed: 5 hosts serve revision " + green);
        assertThat(again.err()).doesNotContain("promoted revision");
        assertThat(machine.exitCode()).as(machine.err()).isEqualTo(10);
        assertThat(machine.out()).contains("\"NothingChanged\"");
    }

    @Test
    void a_wrong_token_is_found_out_before_anything_is_stored() throws IOException {
        var green = revision();
        var before = FLEET.store().keys();

        var refused = operator()
                .with("WUNDERPROXY_TOKEN", "not-the-token-of-the-fleet")
                .run(words(green));

        assertThat(refused.exitCode()).as(refused.err()).isEqualTo(4);
        assertThat(refused.err()).contains("nothing was changed: 5 of 5 hosts refuse the token");
        assertThat(FLEET.store().keys()).isEqualTo(before);
        assertAllServe(blue);
    }

    @Test
    void what_the_hosts_do_is_seen_in_one_table() {
        var table = operator().run("fleet status").orFail().out();

        assertThat(table).contains("HOST", "REVISION", "HEALTH", "REQ/S", "P99", "DRIFT");
        assertThat(table.lines()
                        .filter(line -> line.startsWith("host-") && line.contains(blue) && line.contains("healthy")))
                .hasSize(5);
        var host = status().path(0);
        assertThat(host.path("Host").asText()).isEqualTo("host-1");
        assertThat(host.path("Revision").asText()).isEqualTo(blue);
        assertThat(host.path("Drift").asBoolean()).isFalse();
        assertThat(host.path("Version").asText()).isNotEmpty();
    }

    @Test
    void hosts_may_be_given_by_address_or_by_the_tag_of_their_instances() throws IOException {
        var addresses =
                FLEET.nodes().stream().map(node -> node.address() + ":8001").collect(Collectors.joining(","));
        assertThat(operator()
                        .without("WUNDERPROXY_TABLE")
                        .run("fleet status --json --hosts " + addresses)
                        .json())
                .hasSize(5);

        var asked = new ArrayList<String>();
        var ec2 = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
        ec2.createContext("/", exchange -> {
            asked.add(exchange.getRequestHeaders().getFirst("Authorization") + " "
                    + new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
            var response = instances(asked.size() == 1 ? List.of(1, 2) : List.of(3), asked.size() == 1)
                    .getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, response.length);
            exchange.getResponseBody().write(response);
            exchange.close();
        });
        ec2.start();
        try {
            var tagged = operator()
                    .without("WUNDERPROXY_TABLE")
                    .with(
                            "AWS_ENDPOINT_URL_EC2",
                            "http://127.0.0.1:" + ec2.getAddress().getPort())
                    .run("fleet status --json --tag role=shop")
                    .json();

            assertThat(tagged.findValuesAsText("Host")).containsExactly("i-1", "i-2", "i-3");
            assertThat(tagged.findValuesAsText("Revision")).containsExactly(blue, blue, blue);
            assertThat(asked.getFirst())
                    .startsWith("AWS4-HMAC-SHA256 Credential=")
                    .contains("/ec2/aws4_request")
                    .contains("Action=DescribeInstances", "Filter.2.Name=tag%3Arole", "Filter.2.Value.1=shop");
            assertThat(asked.get(1)).contains("NextToken=more");
        } finally {
            ec2.stop(0);
        }
    }

    private static String instances(List<Integer> numbers, boolean more) {
        return numbers.stream()
                .map(n -> """
                        <item><instancesSet><item><instanceId>i-%d</instanceId><privateIpAddress>%s</privateIpAddress>
                        <networkInterfaceSet><item><privateIpAddress>192.0.2.1</privateIpAddress></item></networkInterfaceSet>
                        </item></instancesSet></item>
                        """.formatted(n, FLEET.node(n).address()))
                .collect(Collectors.joining(
                        "",
                        "<DescribeInstancesResponse><reservationSet>",
                        "</reservationSet>" + (more ? "<nextToken>more</nextToken>" : "")
                                + "</DescribeInstancesResponse>"));
    }

    // ---- it goes wrong ----

    @Test
    void what_is_not_healthy_on_one_host_is_switched_to_on_none() throws IOException {
        var bad = revision("UP_FAILS_IN=host-3");

        var result = deploy(bad);

        assertThat(result.exitCode()).isEqualTo(8);
        assertThat(result.err()).contains("nothing was switched: 4 of 5 hosts", "host-3: ", "500");
        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
        for (var node : FLEET.nodes()) {
            await(node.name() + " to be rid of it").atMost(LONG).until(() -> node.containers()
                    .equals(List.of(blue)));
        }
        assertThat(history().path(0).path("Phase").asText()).isEqualToIgnoringCase("failed");
        assertThat(operator().run("fleet history --hosts").orFail().out()).contains(bad, "host-3");
    }

    @Test
    void a_quorum_lets_a_deployment_pass_by_a_host_that_can_not_serve_it() throws IOException {
        var green = revision("UP_FAILS_IN=host-3");

        var result = deploy(green, "--quorum", "80%");

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("1 of 5 hosts do not serve it: host-3");
        assertThat(FLEET.node(3).serves()).isEqualTo(blue);
        assertThat(FLEET.node(4).serves()).isEqualTo(green);
        assertThat(status().path(2).path("Drift").asBoolean()).isTrue();
        assertThat(operator().run("fleet status").out()).contains("1 drifting");

        operator().run("fleet rollback --batch 2 --bake 2s").orFail();
        assertAllServe(blue);
    }

    @Test
    void what_returns_errors_after_the_switch_is_switched_back_by_itself() throws IOException {
        var bad = revision("PAGE_STATUS=500");
        var loads = FLEET.nodes().stream()
                .map(node -> Load.start(node.address(), 80, 2, 0))
                .toList();

        var result = operator().run(words(bad, 1, 20));

        loads.forEach(Load::end);
        assertThat(result.exitCode()).isEqualTo(8);
        assertThat(result.err())
                .contains(
                        "errors since the switch: ",
                        "all hosts serve again what they served before",
                        "its last log lines");
        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
        assertThat(loads.stream().filter(load -> !load.failures().isEmpty()))
                .as("hosts whose clients saw an error")
                .hasSize(1);
        assertThat(history().path(0).path("Phase").asText()).isEqualToIgnoringCase("rolled back");
    }

    @Test
    void what_responds_slower_after_the_switch_is_switched_back_by_itself() throws IOException {
        var slow = revision("PAGE_DELAY=0.8");
        var loads = FLEET.nodes().stream()
                .map(node -> Load.start(node.address(), 80, 10, 0))
                .toList();

        var result = operator().run(words(slow, 1, 20));

        loads.forEach(Load::end);
        assertThat(result.exitCode()).as(result.err()).isEqualTo(8);
        assertThat(result.err())
                .contains("slower since the switch: ", "all hosts serve again what they served before")
                .doesNotContain("switched 1 of 5 hosts");
        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
        for (var load : loads) {
            assertThat(load.failures()).isEmpty();
        }
    }

    @Test
    void a_host_whose_agent_is_killed_in_the_middle_stops_it_and_comes_back_with_the_others() throws IOException {
        var green = revision();
        var running = operator().start(words(green, 1, 30));
        await().atMost(LONG).until(() -> running.errSoFar().contains(": switched"));
        var switched = IntStream.rangeClosed(1, 5)
                .filter(n -> running.errSoFar().contains("host-" + n + ": switched"))
                .findFirst()
                .orElseThrow();

        FLEET.node(switched).agent().kill();
        await().atMost(LONG).until(() -> running.errSoFar().contains("going back"));
        FLEET.node(switched).startAgent();
        var result = operator().end(running);

        assertThat(result.exitCode()).as(result.err()).isEqualTo(8);
        assertThat(result.err())
                .contains("host-" + switched + ": cannot reach the manager")
                .contains("all hosts serve again what they served before");
        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
    }

    /** One while it launches, one while some have been switched and are watched. */
    @Test
    void a_deployment_continues_while_agents_are_replaced() throws IOException {
        var green = revision("START_DELAY=3");
        var loads = FLEET.nodes().stream()
                .map(node -> Load.start(node.address(), 80, 2, 0))
                .toList();
        var running = operator().start(words(green, 2, 4));
        try {
            await().atMost(LONG).until(() -> running.errSoFar().contains("host-1: launching"));
            FLEET.node(1).replaceAgent();
            await().atMost(LONG).until(() -> running.errSoFar().contains(": switched"));
            FLEET.node(2).replaceAgent();
            var result = operator().end(running);

            loads.forEach(Load::end);
            assertThat(result.exitCode()).as(result.err()).isZero();
            assertThat(result.err()).contains("switched 5 of 5 hosts", "promoted revision " + green);
            for (var load : loads) {
                assertThat(load.failures()).isEmpty();
            }
            assertThat(status().valueStream().map(host -> host.path("Host").asText()))
                    .containsExactly("host-1", "host-2", "host-3", "host-4", "host-5");
            assertAllServe(green);
        } finally {
            loads.forEach(Load::end);
            for (var number = 1; number <= 2; number++) {
                FLEET.node(number).startAgentAnew().awaitServing(green);
            }
        }
    }

    @Test
    void a_host_that_is_cut_off_from_the_operator_keeps_all_from_being_switched() throws IOException {
        var green = revision("START_DELAY=3");
        var running = operator().start(words(green));
        await().atMost(LONG).until(() -> running.errSoFar().contains("host-2: launching"));
        FLEET.node(2).disconnect();
        try {
            var result = operator().end(running);

            assertThat(result.exitCode()).as(result.err()).isEqualTo(8);
            assertThat(result.err()).contains("nothing was switched", "host-2: cannot reach the manager");
        } finally {
            FLEET.node(2).connect();
        }
        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
        await().atMost(LONG).until(() -> status().path(1).path("Reached").asBoolean());
    }

    // ---- who else is there ----

    @Test
    void the_second_of_two_operators_learns_who_was_first() throws IOException {
        var green = revision();
        var first = operator().start(words(green));
        await().atMost(LONG).until(() -> first.errSoFar().contains("host-1: "));

        var second = deploy(revision());
        var looking = operator().run("fleet resume --dry-run");

        assertThat(second.exitCode()).isEqualTo(6);
        assertThat(second.err()).contains("is being deployed to by ", "deploy ");
        assertThat(looking.exitCode()).isEqualTo(6);
        assertThat(looking.err()).contains("is being deployed to by ");
        assertThat(operator().end(first).exitCode()).isZero();
        assertAllServe(green);
        assertThat(current()).isEqualTo(green);
    }

    @Test
    void a_deployment_that_was_ended_can_be_resumed_by_anybody() throws IOException {
        var green = revision();
        var running = operator().start(words(green, 2, 60));
        await().atMost(LONG).until(() -> running.errSoFar().contains(": switched"));
        running.process().destroy();
        assertThat(operator().end(running).exitCode()).isNotZero();
        assertThat(current()).isEqualTo(blue);

        var other = deploy(revision());
        assertThat(other.exitCode()).isEqualTo(6);
        assertThat(other.err()).contains("of revision " + green, "was interrupted", "fleet resume", "fleet rollback");

        operator().run("fleet resume --batch 2 --bake 2s").orFail();
        assertAllServe(green);
        assertThat(current()).isEqualTo(green);
        assertThat(operator().run("fleet resume").exitCode()).isEqualTo(3);
    }

    @Test
    void a_dry_run_tells_what_would_become_of_an_interrupted_deployment_and_changes_nothing() throws IOException {
        var hash = status().path(0).path("Hash").asText();
        var green = revision();
        var running = operator().start(words(green, 2, 60));
        await().atMost(LONG).until(() -> running.errSoFar().split(": switched", -1).length > 2);
        running.process().destroy();
        operator().end(running);
        var serving = status().findValuesAsText("Revision");
        var ledger = history();

        var resumed = operator().run("fleet resume --dry-run").orFail();
        var rolledBack = operator().run("fleet rollback --dry-run --json").orFail();
        var deployed = deploy(green, "--dry-run");

        assertThat(resumed.err()).contains("would continue deployment ", green);
        assertThat(resumed.out()).contains(green);
        assertThat(rolledBack.err()).contains("would bring back the hosts of deployment ");
        assertThat(rolledBack.json().findValuesAsText("BackTo")).hasSize(5).containsOnly(hash);
        assertThat(deployed.exitCode()).isEqualTo(6);
        assertThat(status().findValuesAsText("Revision")).isEqualTo(serving);
        assertThat(history()).isEqualTo(ledger);
        operator().run("fleet rollback").orFail();
        assertAllServe(blue);
    }

    @Test
    void what_was_switched_before_a_deployment_was_resumed_goes_back_too_if_that_fails() throws IOException {
        var green = revision();
        var running = operator().start(words(green, 2, 60));
        await().atMost(LONG).until(() -> running.errSoFar().split(": switched", -1).length > 2);
        running.process().destroy();
        var before = operator().end(running).err();
        var waiting = FLEET.nodes().stream()
                .filter(node -> !before.contains(node.name() + ": switched"))
                .findFirst()
                .orElseThrow();

        waiting.disconnect();
        try {
            var result = operator().run("fleet resume --batch 2 --bake 2s");

            assertThat(result.exitCode()).as(result.err()).isEqualTo(8);
            assertThat(result.err()).contains(waiting.name() + ": cannot reach", "all hosts serve again");
        } finally {
            waiting.connect();
        }
        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
    }

    @Test
    void one_that_was_killed_can_be_rolled_back_when_its_lock_has_run_out() throws IOException {
        var green = revision();
        var running = operator().start(words(green, 2, 60));
        await().atMost(LONG).until(() -> running.errSoFar().contains(": switched"));
        running.kill();
        operator().end(running);
        assertThat(operator().run("fleet rollback").exitCode())
                .as("while the lock lasts")
                .isEqualTo(6);

        await("the end of the lock")
                .atMost(LONG)
                .pollInterval(Duration.ofSeconds(2))
                .until(() ->
                        operator().run("fleet rollback --batch 2 --bake 2s").exitCode() == 0);

        assertAllServe(blue);
        assertThat(current()).isEqualTo(blue);
        assertThat(history().path(0).path("Phase").asText()).isEqualToIgnoringCase("rolled back");
    }

    @Test
    void a_host_that_joins_meanwhile_ends_up_with_the_others() throws IOException {
        var green = revision();
        FLEET.node(5).agent().terminate();
        FLEET.node(5).agent().awaitExit(SOON);
        await("the member to be gone").atMost(LONG).until(() -> status().size() == 4);
        var running = operator().start(words(green, 5, 3));
        await().atMost(LONG).until(() -> running.errSoFar().contains(": switched"));
        running.fallAsleep();
        FLEET.node(5).startAgent().awaitServing(blue);
        await("the member to be back").atMost(LONG).until(() -> status().size() == 5);
        running.wake();

        var result = operator().end(running);

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("bringing hosts along that have joined: host-5");
        assertAllServe(green);
    }

    @Test
    void without_its_table_a_deployment_is_refused_and_the_hosts_serve_on() throws IOException {
        var green = revision();
        FLEET.dynamo().stop();
        try {
            var result = deploy(green);

            assertThat(result.exitCode()).isEqualTo(5);
            assertThat(result.err()).contains("a deployment needs its lock");
            assertAllServe(blue);
        } finally {
            FLEET.dynamo().start();
        }
        await().atMost(LONG).until(() -> status().size() == 5);
        assertThat(current()).isEqualTo(blue);
    }

    @Test
    void machines_get_each_step() {
        var green = revision();

        var lines =
                operator().run(words(green) + " --json").orFail().out().lines().toList();

        var events = lines.stream().map(FleetIT::parse).toList();
        assertThat(events).anySatisfy(event -> {
            assertThat(event.path("Host").asText()).isEqualTo("host-4");
            assertThat(event.path("State").asText()).isEqualTo("switched");
            assertThat(event.path("Time").asText()).isNotEmpty();
        });
        assertThat(events.getLast().path("Result").asText()).isEqualTo("Deployed");
        assertThat(events.getLast().path("Hosts").asInt()).isEqualTo(5);
    }

    @Test
    void a_person_sees_a_table_that_is_drawn_in_its_place() {
        var green = revision();

        var seen = operator().with("TERM", "xterm").onTerminal(words(green));

        assertThat(seen.out()).contains("\033[5A", "host-3", "switched", "promoted revision " + green);
    }

    private static JsonNode parse(String line) {
        try {
            return Response.JSON.readTree(line);
        } catch (IOException e) {
            throw new AssertionError("not JSON: " + line, e);
        }
    }

    private static String revision(String... arguments) {
        number++;
        var name = "r" + number;
        FLEET.revision(name, arguments);
        return name;
    }

    private static String words(String revision) {
        return words(revision, 2, 2);
    }

    private static String words(String revision, int batch, int bakeSeconds) {
        return "fleet deploy --batch " + batch + " --bake " + bakeSeconds + "s "
                + FLEET.directory().resolve(revision + ".json");
    }

    private static CommandLine.Result deploy(String revision, String... more) {
        return operator().run(words(revision), more);
    }

    private static CommandLine operator() {
        return FLEET.operator();
    }

    private static JsonNode status() {
        return operator().run("fleet status --json").json();
    }

    private static JsonNode history() {
        return operator().run("fleet history --json").json();
    }

    private static void assertAllServe(String revision) throws IOException {
        for (var node : FLEET.nodes()) {
            assertThat(node.serves()).as(node.name()).isEqualTo(revision);
        }
    }

    /** The revision of current.json; empty if there is none. */
    private static String current() throws IOException {
        var file = FLEET.store().path("current.json");
        return Files.exists(file)
                ? Response.JSON
                        .readTree(Files.readString(file))
                        .path("Revision")
                        .asText()
                : "";
    }
}
