package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.core.sync.RequestBody;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.s3.S3Client;

/** Deployments that meet each other, are killed, fail or are gone back from: host and store agree afterwards. */
class ConcurrentDeployIT {
    @RegisterExtension
    static final Host HOST = Host.withS3Store().behindStoreGate();

    private static Agent agent;
    private static Gate manager;
    private static int managerPort;
    private static int number;

    /** What the host serves and the store has as current when a test begins. */
    private String blue;

    @BeforeAll
    static void an_agent_runs() {
        agent = HOST.startAgent("--drain-timeout", "2s");
        managerPort = Ports.free();
        manager = HOST.closeLater(Gate.onPort(managerPort, agent.apiPort()));
        var first = HOST.revision("first").pushed().publish();
        shell().run("deploy", HOST.file("first.json", first.json()).toString()).orFail();
    }

    @BeforeEach
    void blue_is_what_the_test_before_left() {
        blue = currentRevision();
        if (!agent.get("/revision").body().equals(blue)) {
            blue = revision();
            deploy(blue).orFail();
        }
    }

    // ---- two at once ----

    @Test
    void who_finds_another_promoted_after_its_switch_puts_the_host_back_and_says_who_won() {
        var slow = revision();
        var fast = revision();
        var switched = manager.hold(Gate.Moment.AFTER, post("/switch"));
        var losing = shell().start(words(slow));
        switched.awaitArrival();

        deploy(fast).orFail();
        shell().run("launch " + slow).orFail();
        shell().run("switch " + slow).orFail();
        switched.release();
        var lost = shell().end(losing);

        assertThat(lost.exitCode()).as(lost.err()).isEqualTo(6);
        assertThat(lost.err())
                .contains("promoted revision " + fast)
                .contains("yours is not promoted")
                .contains("the host serves what is promoted");
        assertAgreedOn(fast);
        assertThat(promotedRevisions()).doesNotContain(slow);
    }

    @Test
    void the_store_itself_tells_who_was_first() {
        var slow = revision();
        var fast = HOST.revision("fast").pushed().publish();
        var promotion = HOST.storeGate().hold(Gate.Moment.BEFORE, put("history.json"));
        var losing = shell().start(words(slow));
        promotion.awaitArrival();

        // Another host's promotion, between the last look and the write.
        var history = (ArrayNode) read("history.json");
        history.addObject()
                .put("Revision", fast.revision())
                .put("DeployedAt", "2026-01-01T00:00:00Z")
                .put("DeployedBy", "ann@other")
                .put("Hash", fast.hash());
        upload("history.json", history.toString());
        upload("current.json", fast.json());
        promotion.release();
        var lost = shell().end(losing);

        assertThat(lost.exitCode()).as(lost.err()).isEqualTo(6);
        assertThat(lost.err()).contains("ann@other promoted revision " + fast.revision());
        assertAgreedOn(fast.revision());
    }

    @Test
    void who_finds_another_promoted_before_its_switch_switches_nothing() {
        var slow = revision();
        var fast = revision();
        var launch = manager.hold(Gate.Moment.AFTER, post("/launch"));
        var losing = shell().start(words(slow));
        launch.awaitArrival();

        deploy(fast).orFail();
        launch.release();
        var lost = shell().end(losing);

        assertThat(lost.exitCode()).as(lost.err()).isEqualTo(6);
        assertThat(lost.err()).contains("promoted revision " + fast).contains("neither switched to nor promoted");
        assertAgreedOn(fast);
    }

    @Test
    void two_that_run_freely_end_with_the_host_serving_what_is_promoted() {
        var one = revision();
        var other = revision();
        // S3 compares and writes in one step; this server in two, between which another writes.
        HOST.storeGate().oneAtATime(put(""));

        var first = shell().start(words(one));
        var second = shell().start(words(other));
        var results = List.of(shell().end(first), shell().end(second));
        HOST.storeGate().open();

        assertThat(results).anyMatch(result -> result.exitCode() == 0);
        assertThat(results).as(results.toString()).allMatch(result -> List.of(0, 6)
                .contains(result.exitCode()));
        assertAgreedOn(currentRevision());
        assertThat(currentRevision()).isIn(one, other);
    }

    @Test
    void two_that_deploy_the_same_both_succeed() {
        var same = revision();
        var switched = manager.hold(Gate.Moment.AFTER, post("/switch"));
        var first = shell().start(words(same));
        switched.awaitArrival();

        deploy(same).orFail();
        switched.release();

        assertThat(shell().end(first).exitCode()).isZero();
        assertAgreedOn(same);
        assertThat(promotedRevisions().stream().filter(same::equals)).hasSize(1);
    }

    // ---- a killed one ----

    static Stream<Arguments> steps() {
        return Stream.of(
                Arguments.of("store", Gate.Moment.AFTER, put("container.")),
                Arguments.of("launch", Gate.Moment.AFTER, post("/launch")),
                Arguments.of("switch", Gate.Moment.AFTER, post("/switch")),
                Arguments.of("history", Gate.Moment.AFTER, put("history.json")),
                Arguments.of("current", Gate.Moment.AFTER, put("current.json")));
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("steps")
    void killed_at(String step, Gate.Moment moment, Predicate<String> call) {
        var killed = revision();
        var gate = List.of("launch", "switch").contains(step) ? manager : HOST.storeGate();
        var held = gate.hold(moment, call);
        var deployment = shell().start(words(killed));
        held.awaitArrival();

        deployment.kill();
        held.drop();

        assertThat(agent.get("/revision").body()).isIn(blue, killed);
        assertThat(currentRevision()).isIn(blue, killed);
        assertThat(shell().run("history").exitCode()).isZero();
        var next = revision();
        deploy(next).orFail();
        assertAgreedOn(next);
        // What the history has was or is current: nobody learns of a promotion that never was.
        assertThat(promotedRevisions()).containsSubsequence(blue, next);
    }

    @Test
    void what_was_killed_between_the_two_writes_is_completed_by_the_next() {
        var killed = revision();
        var held = HOST.storeGate().hold(Gate.Moment.BEFORE, put("current.json"));
        var deployment = shell().start(words(killed));
        held.awaitArrival();
        deployment.kill();
        held.drop();
        assertThat(currentRevision()).isEqualTo(blue);
        assertThat(shell().run("history").err()).contains("broken off");

        var back = shell().run("rollback").orFail();

        assertThat(back.err()).contains("completed the promotion of revision " + killed);
        assertAgreedOn(blue);
        assertThat(promotedRevisions()).endsWith(blue, killed, blue);
    }

    // ---- one that fails ----

    @Test
    void a_launch_that_fails_leaves_all_as_it_was_and_says_why() {
        var broken = revision();
        var history = promotedRevisions();

        var failed = shell().run(words(broken) + " --env EXIT_CODE=42");

        assertThat(failed.exitCode()).isEqualTo(8);
        assertThat(failed.err()).contains("42").contains("cannot start, exiting with");
        assertAgreedOn(blue);
        assertThat(promotedRevisions()).isEqualTo(history);
    }

    @Test
    void half_a_promotion_is_taken_back() {
        var history = promotedRevisions();
        HOST.storeGate().cut(Gate.Moment.BEFORE, put("current.json"));

        var failed = deploy(revision());
        HOST.storeGate().open();

        assertThat(failed.exitCode()).as(failed.err()).isEqualTo(5);
        assertThat(failed.err()).contains("current.json").contains("the host serves again what it served before");
        assertAgreedOn(blue);
        assertThat(promotedRevisions()).isEqualTo(history);
    }

    @Test
    void a_promotion_that_the_store_does_not_take_makes_the_host_go_back() {
        var green = revision();
        HOST.storeGate().cut(Gate.Moment.BEFORE, put("history.json"));

        var failed = deploy(green);
        HOST.storeGate().open();

        assertThat(failed.exitCode()).as(failed.err()).isEqualTo(5);
        assertThat(failed.err()).contains("history.json").contains("the host serves again what it served before");
        assertAgreedOn(blue);
    }

    // ---- going back ----

    @Test
    void rollback_goes_back_step_by_step_or_to_a_revision() {
        var green = revision();
        var red = revision();
        deploy(green).orFail();
        deploy(red).orFail();

        var dry = shell().run("rollback --dry-run").orFail();
        assertThat(dry.out()).contains("- Revision: " + red).contains("+ Revision: " + green);
        assertAgreedOn(red);
        shell().run("rollback").orFail();
        assertAgreedOn(green);
        var json = shell().run("rollback --json --wait").orFail().json();
        assertThat(json.path("Revision").asText()).isEqualTo(blue);
        assertAgreedOn(blue);
        assertThat(HOST.containers()).hasSize(1);
        shell().run("rollback " + red).orFail();
        assertAgreedOn(red);
        assertThat(promotedRevisions()).hasSizeLessThanOrEqualTo(10).endsWith(blue, green, red, green, blue, red);
    }

    @Test
    void a_dry_run_changes_nothing() {
        var green = revision();

        var dry = shell().run(words(green) + " --dry-run --json").orFail();

        assertThat(dry.json().findValuesAsText("Path"))
                .containsExactlyInAnyOrder("ContainerConfig.Image", "ContainerConfig.Env.REVISION", "Revision");
        assertAgreedOn(blue);
    }

    // ---- what the tests share ----

    private static CommandLine shell() {
        return new CommandLine(HOST, agent).with("WUNDERPROXY_HOST", "127.0.0.1:" + managerPort);
    }

    /** A new revision, whose image is in the registry. */
    private static String revision() {
        number++;
        return HOST.revision("r" + number).pushed().publish().revision();
    }

    private static String words(String revision) {
        return "deploy " + revision + " --env REVISION=" + revision;
    }

    private static CommandLine.Result deploy(String revision) {
        return shell().run(words(revision));
    }

    private static Predicate<String> put(String key) {
        return line -> line.startsWith("PUT ") && line.contains("/" + Host.PREFIX + "/" + key);
    }

    private static Predicate<String> post(String path) {
        return line -> line.startsWith("POST " + path);
    }

    /** Through S3: its server keeps the versions of what it wrote itself. */
    private static void upload(String key, String content) {
        try (var s3 = S3Client.builder()
                .endpointOverride(URI.create("http://127.0.0.1:" + HOST.s3().port()))
                .forcePathStyle(true)
                .region(Region.EU_CENTRAL_1)
                .httpClientBuilder(UrlConnectionHttpClient.builder())
                .credentialsProvider(StaticCredentialsProvider.create(
                        AwsBasicCredentials.create(S3Server.ACCESS_KEY, S3Server.SECRET_KEY)))
                .build()) {
            s3.putObject(
                    request -> request.bucket(HOST.bucket()).key(Host.PREFIX + "/" + key),
                    RequestBody.fromString(content));
        }
    }

    private static void assertAgreedOn(String revision) {
        assertThat(agent.get("/revision").body()).isEqualTo(revision);
        assertThat(currentRevision()).isEqualTo(revision);
        assertThat(promotedRevisions()).endsWith(revision);
    }

    private static String currentRevision() {
        return read("current.json").path("Revision").asText();
    }

    private static List<String> promotedRevisions() {
        return read("history.json").findValuesAsText("Revision");
    }

    private static JsonNode read(String key) {
        try {
            return Response.JSON.readTree(Files.readString(HOST.store().path(key)));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
