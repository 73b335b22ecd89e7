package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** Agents that find each other in a table: what they tell, what they learn, and what they do without it. */
class MembershipIT {
    private static final Duration SOON = Duration.ofSeconds(30);

    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static DynamoServer dynamo;
    private static Agent one;
    private static Agent two;
    private static Revision.Published blue;

    private final List<Agent> guests = new ArrayList<>();

    @BeforeAll
    static void two_members_serve_blue() {
        dynamo = HOST.closeLater(DynamoServer.in(HOST.directory()));
        shell().run("table create --table fleets").orFail();
        blue = HOST.revision("blue").publish();
        one = member("one").start().awaitUp().deploy(blue);
        two = member("two").start().awaitUp().deploy(blue);
    }

    @BeforeEach
    void they_serve_blue_and_know_each_other() {
        for (var agent : List.of(one, two)) {
            if (!agent.get("/revision").body().equals(blue.revision())) {
                agent.deploy(blue);
            }
        }
        awaitPeers(one, two);
        awaitPeers(two, one);
    }

    /** An agent that lasts for all tests. */
    private static Agent member(String id) {
        return member(id, id);
    }

    private static Agent member(String id, String state) {
        return HOST.agent(
                dynamo.environment(),
                "--state-dir",
                HOST.directory().resolve("state-" + state).toString(),
                "--table",
                "fleets",
                "--member-id",
                id,
                "--member-interval",
                "1s",
                "--peer-interval",
                "200ms");
    }

    /** An agent that lasts for one test. */
    private Agent guest(String id, String state) {
        var guest = member(id, state).start();
        guests.add(guest);
        return guest;
    }

    @AfterEach
    void guests_leave() {
        guests.forEach(Agent::close);
    }

    private static CommandLine shell() {
        var shell = new CommandLine(HOST, null);
        dynamo.environment().forEach(shell::with);
        return shell;
    }

    private static Map<String, JsonNode> members() {
        var members = new TreeMap<String, JsonNode>();
        shell().run("table scan --table fleets --kind members --json")
                .orFail()
                .json()
                .forEach(item -> members.put(item.path("sk").asText(), item));
        return members;
    }

    private static void awaitPeers(Agent agent, Agent... peers) {
        var expected = Arrays.stream(peers)
                .map(peer -> "127.0.0.1:" + peer.proxyPort())
                .toList();
        await("peers").untilAsserted(() -> assertThat(alivePeers(agent)).containsAll(expected));
    }

    private static List<String> alivePeers(Agent agent) {
        return StreamSupport.stream(agent.status().at("/Fleet/Peers").spliterator(), false)
                .filter(peer -> peer.path("Alive").asBoolean())
                .map(peer -> peer.path("Address").asText())
                .toList();
    }

    private static String state(Agent agent) {
        return agent.status().at("/Fleet/State").asText();
    }

    private static long requests(Agent agent) {
        return agent.status().at("/Traffic/SinceStart/Requests").asLong();
    }

    @Test
    void a_member_tells_what_it_serves_and_until_when_that_counts() {
        await().untilAsserted(() ->
                assertThat(members().get("one").path("revision").asText()).isEqualTo(blue.revision()));
        var member = members().get("one");
        assertThat(member.path("hash").asText()).isEqualTo(blue.hash());
        assertThat(member.path("health").asText()).isEqualTo("healthy");
        assertThat(member.path("manager").asText()).isEqualTo("http://127.0.0.1:" + one.apiPort());
        assertThat(member.path("proxy").asText()).isEqualTo("127.0.0.1:" + one.proxyPort());
        assertThat(member.path("capacity").asInt()).isPositive();
        assertThat(member.path("version").asText()).isNotEmpty();
        assertThat(Instant.ofEpochSecond(member.path("expires").asLong()))
                .isBetween(
                        Instant.now().plus(Duration.ofHours(23)), Instant.now().plus(Duration.ofHours(25)));
        await().until(() -> !members().get("one").path("seen").equals(member.path("seen")));
    }

    @Test
    void without_the_table_agents_serve_on_with_their_peers_and_say_so() {
        dynamo.stop();
        try {
            await().untilAsserted(() -> assertThat(state(one)).contains("cannot reach DynamoDB"));
            assertThat(one.metrics()).contains("wunderproxy_fleet_table_up 0.0");
            assertThat(one.log()).contains("the fleet's table can't be used");
            assertThat(one.get("/revision").body()).isEqualTo(blue.revision());
            assertThat(alivePeers(one)).isNotEmpty();

            HOST.store().putCurrent(blue.json());
            guest("cut-off", "cut-off").awaitServing(blue);
        } finally {
            HOST.store().removeCurrent();
            dynamo.start();
        }
        await().until(() -> state(one).equals("ok"));
        assertThat(one.metrics()).contains("wunderproxy_fleet_table_up 1.0");
        assertThat(one.api("GET", "/events", request -> request.header("Accept", "application/json"))
                        .body())
                .contains("cut-off", "joined");
    }

    @Test
    void a_joining_host_serves_through_its_peers_until_its_own_container_is_confirmed() {
        var slow = HOST.revision("slow").env("START_DELAY", "8").publish();
        HOST.store().putCurrent(slow.json());
        try {
            var joining = guest("joining", "joining");
            joining.awaitServing(blue);
            assertThat(joining.status().path("Active").isNull()).isTrue();
            joining.awaitServing(slow);
            await().until(() ->
                    members().get("joining").path("revision").asText().equals(slow.revision()));

            joining.process().terminate();
            joining.process().awaitExit(SOON);
            assertThat(members()).doesNotContainKey("joining");
        } finally {
            HOST.store().removeCurrent();
        }
    }

    @Test
    void with_every_backend_gone_a_request_ends_in_one_502() {
        var gone = HOST.revision("gone")
                // Healthy on one port, but nobody listens on the application's.
                .with(json -> json.withObject("/ContainerConfig")
                        .putObject("ExposedPorts")
                        .putObject("3000/tcp"))
                .with(json -> json.withObject("/HealthCheck").put("Port", 9292))
                .publish();
        one.deploy(gone);
        two.deploy(gone);
        awaitPeers(one, two);
        var before = requests(one) + requests(two);

        assertThat(one.get("/revision").status()).isEqualTo(502);

        await().untilAsserted(() -> assertThat(requests(one) + requests(two)).isEqualTo(before + 2));
    }

    @Test
    void a_host_without_a_backend_responds_through_its_peers() {
        var empty = guest("empty", "empty").awaitUp();

        awaitPeers(empty, one, two);

        assertThat(empty.get("/revision").body()).isEqualTo(blue.revision());
        await().untilAsserted(() ->
                assertThat(members().get("empty").path("health").asText()).isEqualTo("empty"));
    }

    @Test
    void two_hosts_of_one_name_are_distinguished() {
        var twin = guest("one", "twin").awaitUp();

        await().untilAsserted(() -> assertThat(state(twin)).contains("--member-id"));

        assertThat(state(one)).isEqualTo("ok");
    }

    @Test
    void a_superseded_deployment_is_refused_and_that_outlives_a_restart() {
        assertThat(fenced("/launch", "42").status()).isEqualTo(200);
        var late = fenced("/switch", "41");
        assertThat(late.status()).isEqualTo(409);
        assertThat(late.body()).contains("deployment 41 was superseded by 42");
        two.restart().awaitServing(blue);
        assertThat(fenced("/launch", "41").status()).isEqualTo(409);
        assertThat(fenced("/switch", "42").status()).isEqualTo(200);
        assertThat(fenced("/switch", "later").status()).isEqualTo(400);
        assertThat(two.launch(blue).status()).isEqualTo(200);
    }

    private static Response fenced(String path, String number) {
        return two.api("POST", path, request -> request.header("Authorization", "Bearer " + two.token())
                .header("Wunderproxy-Fence", number)
                .POST(HttpRequest.BodyPublishers.ofString(blue.hash())));
    }
}
