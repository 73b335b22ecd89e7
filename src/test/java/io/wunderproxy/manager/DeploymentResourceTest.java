package io.wunderproxy.manager;

import static io.wunderproxy.manager.Call.body;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.deployment.Deployment;
import io.wunderproxy.deployment.Fence;
import io.wunderproxy.deployment.TestApplication;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.names.ShortId;
import jakarta.ws.rs.core.Response;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The calls that change what is served, and those that list it, over an engine that is none. */
class DeploymentResourceTest {

    private static final String UNKNOWN = "0123456789abcdef0123456789abcdef";

    @TempDir
    Path directory;

    private TestApplication shop;
    private DeploymentResource calls;
    private DeploymentListResource list;

    @BeforeEach
    void start() throws Exception {
        shop = TestApplication.in(directory);
        var fence = new Fence(shop.state);
        calls = new DeploymentResource(shop.deployments(), fence);
        list = new DeploymentListResource(shop.deployments(), shop.events, fence);
    }

    @AfterEach
    void stop() throws Exception {
        shop.close();
    }

    private Response launch(String text, String wait, Call call) {
        return call.response(() -> calls.launch(body(text), wait, call));
    }

    private Response switchTo(String text, Call call) {
        return call.response(() -> calls.switchTo(body(text), call, Duration.ZERO, "192.0.2.7"));
    }

    private static String text(Response response) {
        assertThat(response.getMediaType()).hasToString("text/plain;charset=utf-8");
        return (String) response.getEntity();
    }

    private static JsonNode json(Response response) throws Exception {
        return new ObjectMapper().readTree((String) response.getEntity());
    }

    @Test
    void a_launch_is_reported_in_the_words_of_the_original_tool() {
        var hash = shop.config("blue").hash();

        var response = launch(hash.value() + "\n", null, Call.plain());

        assertThat(response.getStatus()).isEqualTo(200);
        assertThat(text(response))
                .isEqualTo("started container "
                        + ShortId.of(shop.engine.named("blue").id()) + " with revision " + hash.abbreviated()
                        + " listening on port 9292\n");
    }

    @Test
    void a_switch_is_reported_in_the_words_of_the_original_tool() throws Exception {
        var blue = shop.launched("blue");

        var response = switchTo(" " + blue.hash().value(), Call.plain());

        assertThat(response.getStatus()).isEqualTo(200);
        assertThat(text(response))
                .isEqualTo("switched proxy to port 9292 of container " + ShortId.of(TestApplication.container(blue))
                        + "\n");
    }

    @Test
    void who_accepts_json_gets_the_deployment_with_the_message() throws Exception {
        var blue = shop.launched("blue");

        var response = switchTo(blue.hash().value(), Call.acceptingJson());

        assertThat(response.getMediaType()).hasToString("application/json");
        var deployment = json(response);
        assertThat(deployment.path("Hash").asText()).isEqualTo(blue.hash().value());
        assertThat(deployment.path("State").asText()).isEqualTo("active");
        assertThat(deployment.path("Container").asText()).isEqualTo(TestApplication.container(blue));
        assertThat(deployment.path("Port").asInt()).isEqualTo(9292);
        assertThat(deployment.path("Message").asText()).startsWith("switched proxy to port 9292");
    }

    @Test
    void a_launch_that_is_not_waited_for_is_accepted_and_says_where_its_progress_is_shown() throws Exception {
        var pull = shop.engine.holds("pull");
        var hash = shop.config("blue").hash();

        var response = launch(hash.value(), "false", Call.plain());

        assertThat(response.getStatus()).isEqualTo(202);
        assertThat(response.getHeaderString("Location")).isEqualTo("/deployments/" + hash.value());
        assertThat(text(response)).startsWith("launching revision blue").endsWith("shows its progress\n");
        pull.complete(null);
        shop.awaitEvent(EventType.CONFIRMED, e -> true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "nonsense", "0123", "../../etc/passwd", UNKNOWN + "0"})
    void what_is_no_hash_is_malformed(String text) {
        for (var response : new Response[] {launch(text, null, Call.plain()), switchTo(text, Call.plain())}) {
            assertThat(response.getStatus()).isEqualTo(400);
            assertThat(text(response)).endsWith("\n");
            assertThat(text(response).lines()).hasSize(1);
        }
    }

    @Test
    void whether_a_launch_is_waited_for_is_true_or_false() {
        assertThat(launch(UNKNOWN, "maybe", Call.plain()).getStatus()).isEqualTo(400);
        assertThat(text(launch(UNKNOWN, "maybe", Call.plain()))).isEqualTo("wait: must be true or false\n");
    }

    @Test
    void what_the_store_does_not_have_is_not_found() {
        var response = launch(UNKNOWN, null, Call.plain());

        assertThat(response.getStatus()).isEqualTo(404);
        assertThat(text(response)).contains("upload the configuration, then launch it");
    }

    @Test
    void what_was_not_launched_is_a_conflict_and_a_problem_for_who_accepts_json() throws Exception {
        var response = switchTo(UNKNOWN, Call.acceptingJson());

        assertThat(response.getStatus()).isEqualTo(409);
        assertThat(response.getMediaType()).hasToString("application/problem+json");
        assertThat(json(response).path("status").asInt()).isEqualTo(409);
        assertThat(json(response).path("title").asText()).isEqualTo("Conflict");
        assertThat(json(response).path("detail").asText()).contains("POST its hash to /launch first");
    }

    @Test
    void a_failed_launch_is_reported_with_the_last_lines_of_its_container() {
        shop.probe.responds(at -> {
            var id = shop.engine.named("blue").id();
            shop.engine.writes(id, "no database");
            shop.engine.ends(id, 3);
            return new ProbeResult.Refused();
        });

        var response = launch(shop.config("blue").hash().value(), null, Call.plain());

        assertThat(response.getStatus()).isEqualTo(409);
        assertThat(text(response))
                .contains("exited with code 3 before it was healthy; its last log lines:\nno database\n");
    }

    @Test
    void a_call_of_a_superseded_deployment_to_the_fleet_changes_nothing() throws Exception {
        var blue = shop.launched("blue");
        var green = shop.launched("green");
        assertThat(switchTo(green.hash().value(), Call.plain().with("Wunderproxy-Fence", "7"))
                        .getStatus())
                .isEqualTo(200);

        var late = Call.plain().with("Wunderproxy-Fence", "6");

        assertThat(switchTo(blue.hash().value(), late).getStatus()).isEqualTo(409);
        assertThat(launch(blue.hash().value(), null, late).getStatus()).isEqualTo(409);
        assertThat(late.response(() -> list.discard(blue.hash().value(), late)).getStatus())
                .isEqualTo(409);
        assertThat(text(switchTo(blue.hash().value(), late))).startsWith("deployment 6 was superseded by 7");
        assertThat(shop.deployments().active().map(Deployment::revision)).contains("green");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "-1", "seven", "1234567890123456789"})
    void the_number_of_a_deployment_to_the_fleet_has_at_most_18_digits(String number) {
        assertThat(switchTo(UNKNOWN, Call.plain().with("Wunderproxy-Fence", number))
                        .getStatus())
                .isEqualTo(400);
    }

    @Test
    void deployments_are_listed_newest_first() throws Exception {
        shop.serving("blue");
        shop.launched("green");

        var all = new ObjectMapper().readTree(list.all());

        assertThat(all).extracting(d -> d.path("Revision").asText()).containsExactly("green", "blue");
        var blue = all.get(1);
        assertThat(blue.path("State").asText()).isEqualTo("active");
        assertThat(blue.path("Active").asBoolean()).isTrue();
        assertThat(blue.path("Image").asText()).isEqualTo(TestApplication.image("blue"));
        assertThat(blue.path("Address").asText()).isEqualTo("10.0.0.1:9292");
        assertThat(blue.path("Launched").asText()).isEqualTo("2026-01-31T12:00:00.000Z");
        assertThat(blue.path("Switched").asText()).isEqualTo("2026-01-31T12:00:00.000Z");
        assertThat(blue.path("Ended").isNull()).isTrue();
        assertThat(blue.path("Leases").asInt()).isZero();
    }

    @Test
    void one_deployment_comes_with_its_events() throws Exception {
        var blue = shop.serving("blue");
        shop.launched("green");

        var one = new ObjectMapper().readTree(list.one(blue.hash().value()));

        assertThat(one.path("Events"))
                .isNotEmpty()
                .allMatch(
                        event -> event.path("Hash").asText().equals(blue.hash().value()))
                .extracting(event -> event.path("Type").asText())
                .contains("confirmed", "switched");
    }

    @Test
    void a_deployment_that_nobody_knows_is_not_found() {
        var call = Call.plain();

        var response = call.response(() -> Response.ok(list.one(UNKNOWN)).build());

        assertThat(response.getStatus()).isEqualTo(404);
    }

    @Test
    void what_was_not_switched_to_is_removed_and_what_serves_is_not() throws Exception {
        var blue = shop.serving("blue");
        var green = shop.launched("green");
        var call = Call.plain();

        var removed = call.response(() -> list.discard(green.hash().value(), call));
        assertThat(removed.getStatus()).isEqualTo(200);
        assertThat(text(removed)).startsWith("removing revision green");
        shop.awaitState(green, "gone");

        assertThat(call.response(() -> list.discard(blue.hash().value(), call)).getStatus())
                .isEqualTo(409);
    }
}
