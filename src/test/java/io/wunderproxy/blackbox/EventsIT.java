package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The events of deployments, for those who listen, and those that are left to read afterwards. */
class EventsIT {
    private static final String SECRET = "hunter-two-and-three";
    private static final String NO_HASH = "00000000000000000000000000000000";
    private static final String FOREIGN_ID = "1000000000000-5";

    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;

    @BeforeAll
    static void an_agent_runs() {
        agent = HOST.startAgent("--health-interval", "1s");
    }

    @Test
    void a_deployment_is_seen_from_its_launch_until_it_is_gone() throws Exception {
        var blue = HOST.revision("life").pushed().publish();
        var green = HOST.revision("next").publish();
        try (var listener = new EventListener(agent, "");
                var download = new Wire(agent.proxyPort())) {
            agent.deploy(blue);
            agent.launch(green);
            listener.awaitType("healthy", blue);
            var head =
                    download.send("GET /drip/5 HTTP/1.1\r\nHost: shop\r\n\r\n").readHead();
            agent.switchTo(green);
            listener.awaitEvent(
                    "the image to be deleted",
                    event -> event.path("Message").asText().equals("deleted image " + blue.image()));
            download.readBody(head);

            assertThat(listener.typesOf(blue))
                    .containsExactly(
                            "fetching",
                            "pulling",
                            "pulled",
                            "created",
                            "started",
                            "probed",
                            "confirmed",
                            "probed",
                            "switched",
                            "healthy",
                            "draining",
                            "stopped",
                            "removed");
            assertThat(listener.awaitType("draining", blue).path("Leases").asInt())
                    .isEqualTo(1);
            var switched = listener.awaitType("switched", green);
            assertThat(switched.path("From").asText()).isEqualTo(blue.hash());
            assertThat(switched.path("To").asText()).isEqualTo(green.hash());
            assertThat(switched.path("Revision").asText()).isEqualTo(green.revision());
            assertThat(HOST.containers().getFirst().id())
                    .isEqualTo(switched.path("ContainerId").asText());
            assertThat(agent.log())
                    .contains("revision " + blue.revision() + " (" + blue.hash().substring(0, 8) + "): pulled "
                            + blue.image());
        }
        var gone = agent.api("GET", "/deployments/" + blue.hash()).json();
        await().until(() -> agent.api("GET", "/deployments/" + blue.hash())
                .json()
                .path("State")
                .asText()
                .equals("gone"));
        assertThat(gone.path("Events").size()).isGreaterThan(10);
    }

    @Test
    void bytes_are_reported_while_an_image_is_pulled() {
        var large = HOST.revision("large")
                .archive(WebApp.largeArchive(HOST.directory(), 32))
                .pushed()
                .publish();
        try (var listener = new EventListener(agent, "")) {
            agent.launch(large);

            listener.awaitType("pulled", large);
            assertThat(listener.heard())
                    .filteredOn(event -> event.path("Type").asText().equals("pulling") && event.has("Bytes"))
                    .isNotEmpty()
                    .allSatisfy(event -> assertThat(event.path("Bytes").asLong())
                            .isBetween(0L, event.path("TotalBytes").asLong()));
        }
    }

    @Test
    void who_comes_back_hears_what_was_missed_and_nothing_twice() {
        String lastHeard;
        try (var first = new EventListener(agent, "")) {
            agent.post("/pause", "");
            lastHeard = first.awaitEvent("the pause", type("paused")).path("Id").asText();
        }
        agent.post("/maintenance", "back soon");
        agent.post("/resume", "");

        for (var again : List.of(
                new EventListener(agent, "", "Last-Event-ID", lastHeard),
                new EventListener(agent, "?after=" + lastHeard),
                new EventListener(agent, "?after=" + FOREIGN_ID, "Last-Event-ID", lastHeard))) {
            try (again) {
                again.awaitEvent("the end of it", type("resumed"));
                assertThat(types(again.heard())).startsWith("maintenance", "resumed");
                assertThat(again.lines())
                        .contains("id: " + again.heard().getFirst().path("Id").asText());
            }
        }
    }

    @Test
    void who_knows_only_another_run_of_the_agent_hears_all_that_is_kept() {
        agent.post("/resume", "");
        var kept = events("").size();

        try (var listener = new EventListener(agent, "", "Last-Event-ID", FOREIGN_ID)) {
            await().until(() -> listener.heard().size() >= kept);
        }
    }

    @Test
    void what_has_happened_is_an_array_for_those_who_want_json() {
        agent.post("/pause", "");
        agent.post("/resume", "");

        assertThat(types(events("?recent=1000"))).containsSubsequence("paused", "resumed");
        assertThat(events("?recent=1")).hasSize(1);
        var all = events("");
        var first = all.getFirst().path("Id").asText();
        assertThat(events("?after=" + first)).hasSize(all.size() - 1);
        assertThat(agent.api("GET", "/events?recent=1001").status()).isEqualTo(400);
        assertThat(agent.api("GET", "/events?recent=x").status()).isEqualTo(400);
    }

    @Test
    void a_failed_launch_tells_why_without_what_the_application_wrote() {
        var failing = HOST.revision("failing")
                .env("SECRET", SECRET)
                .argument("LOG_LINES", "3")
                .argument("EXIT_CODE", "42")
                .with(json -> json.withArray("/ContainerConfig/Cmd").add("UNUSED=" + SECRET))
                .publish();
        try (var listener = new EventListener(agent, "")) {
            assertThat(agent.launch(failing).status()).isEqualTo(409);

            var failed = listener.awaitType("failed", failing);

            assertThat(failed.path("Reason").asText()).contains("42").doesNotContain("webapp: cannot start");
            assertThat(listener.typesOf(failing)).contains("created", "started", "removed");
        }
        var deployment = agent.api("GET", "/deployments/" + failing.hash());
        assertThat(deployment.json().path("State").asText()).isEqualTo("failed");
        assertThat(deployment.json().path("Failure").asText()).contains("42");
        assertThat(deployment.body() + events("") + agent.log()).doesNotContain(SECRET);
        assertThat(log(failing.hash(), "").body()).contains("webapp: cannot start, exiting with 42");
        assertThat(log(failing.hash(), "?tail=1").body().lines()).hasSize(1);
    }

    @Test
    void a_configuration_that_is_not_there_is_a_failure_too() {
        try (var listener = new EventListener(agent, "")) {
            assertThat(agent.launch(NO_HASH).status()).isEqualTo(404);

            var failed = listener.awaitEvent("the failure", type("failed"));
            assertThat(failed.path("Hash").asText()).isEqualTo(NO_HASH);
            assertThat(failed.path("Revision").isNull()).isTrue();
            assertThat(failed.path("Reason").asText()).contains(NO_HASH);
        }
        assertThat(agent.api("GET", "/deployments/" + NO_HASH).status()).isEqualTo(404);
        assertThat(agent.api("GET", "/deployments/xyz").status()).isEqualTo(400);
    }

    @Test
    void a_launch_that_nobody_waits_for_is_accepted_and_continues() {
        var slow = HOST.revision("slow").argument("START_DELAY", "1").publish();

        var response = agent.post("/launch?wait=false", slow.hash());

        assertThat(response.status()).isEqualTo(202);
        assertThat(response.header("Location")).hasValue("/deployments/" + slow.hash());
        assertThat(response.body()).contains(slow.revision());
        var deployment = agent.api("GET", "/deployments/" + slow.hash()).json();
        assertThat(deployment.path("State").asText()).isEqualTo("launching");
        assertThat(deployment.path("Launched").asText()).isNotEmpty();
        await().until(() -> agent.api("GET", "/deployments/" + slow.hash())
                .json()
                .path("State")
                .asText()
                .equals("healthy"));
        assertThat(agent.api("GET", "/deployments").json().path(0).path("Hash").asText())
                .isEqualTo(slow.hash());
    }

    @Test
    void what_was_launched_and_not_switched_to_can_be_discarded() {
        var unwanted = HOST.revision("unwanted").publish();
        agent.launch(unwanted);
        var active = agent.status().at("/Active/Hash").asText();

        var response = delete(unwanted.hash());

        assertThat(response.status()).as(response.body()).isEqualTo(200);
        assertThat(response.body())
                .isEqualTo("removing revision " + unwanted.revision() + " ("
                        + unwanted.hash().substring(0, 8) + ")\n");
        await().until(() -> !HOST.containerNames().contains(unwanted.revision()));
        assertThat(delete(unwanted.hash()).status()).as("again").isEqualTo(200);
        assertThat(delete(active).status()).as("what serves").isEqualTo(409);
        assertThat(delete(NO_HASH).status()).isEqualTo(404);
        assertThat(agent.api("DELETE", "/deployments/" + active).status()).isEqualTo(401);
    }

    private static Response delete(String hash) {
        return agent.api(
                "DELETE",
                "/deployments/" + hash,
                request -> request.header("Authorization", "Bearer " + agent.token()));
    }

    @Test
    void a_launch_that_nobody_waits_for_is_refused_at_once_if_it_can_not_begin() {
        var nowhere = "11111111111111111111111111111111";

        assertThat(agent.post("/launch?wait=false", nowhere).status()).isEqualTo(404);
        assertThat(agent.post("/launch?wait=maybe", nowhere).status()).isEqualTo(400);
    }

    @Test
    void a_log_is_followed_until_the_container_ends() throws Exception {
        var talking = HOST.revision("talking").argument("LOG_LINES", "5").publish();
        agent.launch(talking);
        var request = HttpRequest.newBuilder(URI.create(
                        "http://127.0.0.1:" + agent.apiPort() + "/deployments/" + talking.hash() + "/logs?follow=true"))
                .header("Authorization", "Bearer " + agent.token())
                .build();
        try (var http = HttpClient.newHttpClient()) {
            var following = http.sendAsync(request, BodyHandlers.ofLines()).join();
            assertThat(following.statusCode()).isEqualTo(200);
            assertThat(following.headers().firstValue("Content-Type"))
                    .hasValueSatisfying(value -> assertThat(value).startsWith("text/plain"));
            var lines = new ArrayList<String>();
            following.body().forEach(line -> {
                if (lines.isEmpty()) {
                    HOST.engine().kill(talking.revision());
                }
                lines.add(line);
            });
            assertThat(lines).anySatisfy(line -> assertThat(line).contains("log line 5"));
        }
    }

    @Test
    void a_log_is_only_for_those_with_the_token() {
        var path = "/deployments/" + NO_HASH + "/logs";

        for (var spelling : List.of(path, path + "/", "/deployments//" + NO_HASH + "/logs")) {
            assertThat(agent.api("GET", spelling).status()).as(spelling).isIn(401, 404);
        }
        assertThat(agent.api("GET", path).status()).isEqualTo(401);
        assertThat(log(NO_HASH, "").status()).isEqualTo(404);
        assertThat(log(NO_HASH, "?tail=-1").status()).isEqualTo(400);
        assertThat(log("nohash", "").status()).isEqualTo(400);
    }

    @Test
    void the_oldest_of_too_many_listeners_makes_room_for_the_next() throws Exception {
        areBounded("/events", 64);
    }

    @Test
    void the_oldest_of_too_many_readers_of_logs_makes_room_for_the_next() throws Exception {
        var quiet = HOST.revision("quiet").publish();
        agent.launch(quiet);

        areBounded("/deployments/" + quiet.hash() + "/logs?follow=true", 16);
    }

    private static void areBounded(String path, int most) throws IOException {
        var request = "GET " + path + " HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer " + agent.token() + "\r\n\r\n";
        var wires = new ArrayList<Wire>();
        try {
            for (int i = 0; i <= most; i++) {
                var wire = new Wire(agent.apiPort());
                wires.add(wire);
                assertThat(wire.send(request).readHead().status()).isEqualTo(200);
            }

            wires.getFirst().awaitClosed();
            assertThat(agent.api("GET", "/status").status()).isEqualTo(200);
        } finally {
            for (var wire : wires) {
                wire.close();
            }
        }
    }

    @Test
    void the_health_of_the_active_one_is_news_only_when_it_changes() {
        var frail = HOST.revision("frail").publish();
        agent.deploy(frail);
        try (var listener = new EventListener(agent, "?recent=1000")) {
            listener.awaitType("healthy", frail);

            HOST.engine().kill(frail.revision());

            assertThat(listener.awaitType("unhealthy", frail).path("Healthy").asBoolean(true))
                    .isFalse();
            await().until(() -> listener.typesOf(frail).getLast().equals("healthy"));
            assertThat(listener.typesOf(frail)).containsSubsequence("unhealthy", "started", "healthy");
        }
    }

    @Test
    void a_restarted_agent_tells_how_it_found_its_way_back_and_its_health_says_why() {
        var stays = HOST.revision("stays").publish();
        agent.deploy(stays);
        var before = events("?recent=1").getFirst().path("Id").asText();
        assertThat(reason("/q/health/live", "proxy")).contains("responds");
        assertThat(reason("/q/health/started", "recovery")).isNotEmpty();
        await().untilAsserted(
                        () -> assertThat(reason("/q/health/ready", "backend")).contains("200"));

        agent.kill();
        agent.restart().awaitServing(stays);

        try (var listener = new EventListener(agent, "", "Last-Event-ID", before)) {
            assertThat(listener.awaitType("serving", stays).path("Message").asText())
                    .contains("runs already");
        }
        assertThat(agent.api("GET", "/deployments/" + stays.hash())
                        .json()
                        .path("Switched")
                        .asText())
                .isNotEmpty();
    }

    @Test
    void the_agent_tells_its_version_and_the_fields_that_it_knows() throws Exception {
        var identity = agent.api("GET", "/identity?challenge=" + "0".repeat(64)).json();

        assertThat(identity.path("Version").asText()).matches("\\d+\\..+\\+[0-9a-f]+");
        assertThat(identity.path("LaunchConfigFields").valueStream().map(JsonNode::asText))
                .contains("Revision", "HealthCheck", "HealthCheck.Port")
                .doesNotHaveDuplicates();
    }

    @Test
    void the_api_describes_itself_with_every_call_and_examples() throws Exception {
        var document = new YAMLMapper().readTree(agent.api("GET", "/q/openapi").body());

        assertThat(document.path("openapi").asText()).startsWith("3.");
        assertThat(document.at("/components/securitySchemes/token/scheme").asText())
                .isEqualTo("bearer");
        assertThat(document.path("paths").properties().stream().map(Map.Entry::getKey))
                .containsExactlyInAnyOrder(
                        "/",
                        "/traffic",
                        "/status",
                        "/launch",
                        "/switch",
                        "/deployments",
                        "/deployments/{hash}",
                        "/deployments/{hash}/logs",
                        "/events",
                        "/identity",
                        "/pause",
                        "/maintenance",
                        "/resume",
                        "/reload",
                        "/log-level",
                        "/q/health/live",
                        "/q/health/ready",
                        "/q/health/started",
                        "/q/metrics",
                        "/q/openapi");
        for (var path : document.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                var name = operation.getKey() + " " + path.getKey();
                assertThat(operation.getValue().path("summary").asText())
                        .as(name)
                        .isNotEmpty();
                assertThat(operation.getValue().path("responses"))
                        .as(name)
                        .isNotEmpty()
                        .allSatisfy(response -> assertThat(
                                        resolved(document, response).path("content"))
                                .as(name)
                                .isNotEmpty()
                                .allSatisfy(content -> assertThat(content.has("example"))
                                        .as(name)
                                        .isTrue()));
                assertThat(call(operation.getKey(), path.getKey())).as(name).isNotEqualTo(405);
            }
        }
        for (var reference : document.findValuesAsText("$ref")) {
            assertThat(document.at(reference.substring(1)).isMissingNode())
                    .as(reference)
                    .isFalse();
        }
    }

    private static JsonNode resolved(JsonNode document, JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private static int call(String method, String path) {
        return agent.api(
                        method.toUpperCase(Locale.ROOT),
                        path.replace("{hash}", NO_HASH),
                        request -> request.header("Accept", "application/json"))
                .status();
    }

    private static Response log(String hash, String query) {
        return agent.api(
                "GET",
                "/deployments/" + hash + "/logs" + query,
                request -> request.header("Authorization", "Bearer " + agent.token()));
    }

    private static List<JsonNode> events(String query) {
        var array = agent.api("GET", "/events" + query, request -> request.header("Accept", "application/json"))
                .json();
        return StreamSupport.stream(array.spliterator(), false).toList();
    }

    private static String reason(String path, String check) {
        var checks = agent.api("GET", path).json().path("checks");
        return StreamSupport.stream(checks.spliterator(), false)
                .filter(one -> one.path("name").asText().equals(check))
                .findFirst()
                .orElseThrow()
                .at("/data/reason")
                .asText();
    }

    private static Predicate<JsonNode> type(String type) {
        return event -> event.path("Type").asText().equals(type);
    }

    private static Stream<String> types(List<JsonNode> events) {
        return events.stream().map(event -> event.path("Type").asText());
    }
}
