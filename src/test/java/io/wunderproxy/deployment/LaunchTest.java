package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.container;
import static io.wunderproxy.deployment.TestApplication.image;
import static io.wunderproxy.deployment.TestApplication.meanwhile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.health.Target;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.testkit.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LaunchTest {

    private static final ProbeResult UNHEALTHY = new ProbeResult.WrongStatus(503, Optional.empty(), "not yet");

    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

    @TempDir
    Path directory;

    private TestApplication shop;

    @BeforeEach
    void start() throws Exception {
        shop = TestApplication.in(directory);
    }

    @AfterEach
    void stop() throws Exception {
        shop.close();
    }

    @Test
    void a_container_is_named_after_its_revision_and_distinguished_from_others_by_its_labels() throws Exception {
        var blue = shop.launched("blue");

        var container = shop.engine.named("blue");
        assertThat(container.running()).isTrue();
        assertThat(container.id()).isEqualTo(container(blue));
        assertThat(container.labels())
                .containsEntry("io.wunderproxy.app", "shop")
                .containsEntry("io.wunderproxy.store", "bucket/shop")
                .containsEntry("io.wunderproxy.hash", blue.hash().value())
                .containsKeys("io.wunderproxy.agent", "io.wunderproxy.place", "io.wunderproxy.environment");
        assertThat(blue.state().label()).isEqualTo("healthy");
        assertThat(shop.backends.current()).as("nothing is switched to").isEmpty();
    }

    @Test
    void an_image_is_pulled_if_it_is_not_there_or_is_to_be_loaded_again() throws Exception {
        shop.engine.has(image("blue"));
        shop.launched("blue");
        assertThat(shop.engine.calls("pull")).isZero();

        shop.launched("green");
        assertThat(shop.engine.calls()).contains("pull " + image("green"));
        assertThat(shop.messages(EventType.PULLING)).contains("pulling " + image("green") + ": 5 of 10 MB");

        shop.engine.has(image("red"));
        launch(shop.config("red", ",\"ForceReload\":true"));
        assertThat(shop.engine.calls()).contains("pull " + image("red"));
    }

    @Test
    void an_image_that_a_retirement_has_just_deleted_is_pulled_again() throws Exception {
        shop.engine.has(image("blue"));
        var creation = shop.engine.holds("create");
        var launch = meanwhile(() -> shop.launched("blue"));
        shop.engine.isHeld("create").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        shop.engine.removeImage(image("blue"));
        creation.complete(null);

        assertThat(launch.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS)
                        .state()
                        .label())
                .isEqualTo("healthy");
        assertThat(shop.engine.calls("pull")).isOne();
    }

    @Test
    void the_lines_of_the_file_are_appended_to_the_environment() throws Exception {
        shop.restartWith("SECRET=s3cret-of-the-host");

        launch(withEnvironment("blue", "OWN=1"));

        assertThat(shop.engine.named("blue").environment()).containsExactly("OWN=1", "SECRET=s3cret-of-the-host");
    }

    @Test
    void a_container_that_runs_the_configuration_is_used_as_it_is() throws Exception {
        var blue = shop.launched("blue");
        shop.engine.forgetCalls();

        var again = shop.deployments().launch(blue.hash());

        assertThat(container(again)).isEqualTo(container(blue));
        assertThat(shop.engine.calls("create")).isZero();
        assertThat(shop.messages(EventType.FOUND)).singleElement().asString().contains("is there already (running)");
    }

    @Test
    void a_container_is_confirmed_by_the_engines_own_check() throws Exception {
        shop.engine.finds("healthy", "fine");

        launch(shop.config("blue", CHECKED_BY_DOCKER));

        assertThat(shop.probe.asked()).isEmpty();
        assertThat(shop.messages(EventType.PROBED)).containsExactly("Docker's HEALTHCHECK says healthy");
    }

    @Test
    void a_container_without_the_check_that_is_to_confirm_it_fails_at_once() {
        var failure =
                catchThrowableOfType(DeploymentException.class, () -> launch(shop.config("blue", CHECKED_BY_DOCKER)));

        assertThat(failure.failure().kind()).isEqualTo(Kind.NOT_CONFIRMED);
        assertThat(failure).hasMessageContaining("can't become healthy: Docker's HEALTHCHECK is not there");
        assertThat(shop.engine.all()).isEmpty();
    }

    private static final String CHECKED_BY_DOCKER = ",\"HealthCheck\":{\"Kind\":\"docker\",\"Successes\":1}";

    @Test
    void a_container_that_has_ended_is_started_again() throws Exception {
        var blue = shop.launched("blue");
        shop.engine.ends(container(blue), 1);

        var again = shop.deployments().launch(blue.hash());

        assertThat(container(again)).isEqualTo(container(blue));
        assertThat(shop.engine.named("blue").running()).isTrue();
    }

    @Test
    void a_container_with_other_lines_of_the_file_is_not_used() throws Exception {
        var blue = shop.launched("blue");
        shop.restartWith("NEW=line");

        var again = shop.deployments().launch(blue.hash());

        assertThat(container(again)).isNotEqualTo(container(blue));
        assertThat(again.state().running().orElseThrow().containerName())
                .isEqualTo("blue-" + again.hash().abbreviated());
    }

    @Test
    void a_container_that_the_original_tool_has_left_is_used() throws Exception {
        var left = shop.engine.running("blue", image("blue"), Map.of(), LONG_AGO);

        assertThat(container(shop.launched("blue"))).isEqualTo(left.id());
    }

    @Test
    void who_asks_for_a_launch_that_is_under_way_joins_it() throws Exception {
        var pull = shop.engine.holds("pull");
        var config = shop.config("blue");
        var begun = meanwhile(() -> shop.deployments().beginLaunch(config.hash()));
        assertThat(begun.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS)
                        .state()
                        .label())
                .isEqualTo("launching");
        var first = meanwhile(() -> launch(config));
        var second = meanwhile(() -> launch(config));
        shop.engine.isHeld("pull").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(first).isNotDone();
        pull.complete(null);

        assertThat(first.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS)).isEqualTo(second.get(1, TimeUnit.MINUTES));
        assertThat(shop.engine.calls("create")).isOne();
    }

    @Test
    void a_container_that_is_not_healthy_in_time_is_removed_and_its_last_words_are_reported() throws Exception {
        flying();
        var config = shop.config("blue", ",\"HealthCheck\":{\"Deadline\":\"3s\"}");
        shop.probe.responds(at -> {
            shop.engine.writes(shop.engine.named("blue").id(), "no database");
            shop.probe.responds(UNHEALTHY);
            return UNHEALTHY;
        });

        var failure = failureOf(config);

        assertThat(failure.kind()).isEqualTo(Kind.TOO_LATE);
        assertThat(failure.message())
                .contains("revision blue was not healthy within 3.0 s: GET /up on port 9292 returned 503");
        assertThat(failure.output()).containsExactly("no database", "(its last response was: not yet)");
        assertThat(shop.engine.all()).isEmpty();
        assertThat(shop.journal.find(config.hash()).orElseThrow().state())
                .isEqualTo(new DeploymentState.Failed(failure.message(), failure.output()));
    }

    @Test
    void a_container_that_ends_before_it_is_healthy_is_reported_by_its_exit_code() throws Exception {
        shop.probe.responds(at -> {
            shop.engine.ends(shop.engine.named("blue").id(), 127);
            return UNHEALTHY;
        });

        var failure = failureOf(shop.config("blue"));

        assertThat(failure.kind()).isEqualTo(Kind.NOT_CONFIRMED);
        assertThat(failure.message())
                .contains("exited with code 127 (its command was not found) before it was healthy; it wrote nothing");
        assertThat(shop.engine.all()).isEmpty();
    }

    @Test
    void a_container_that_somebody_removes_meanwhile_is_reported() throws Exception {
        shop.probe.responds(at -> {
            shop.engine.vanishes(shop.engine.named("blue").id());
            return UNHEALTHY;
        });

        assertThat(failureOf(shop.config("blue")).message())
                .contains("was removed by somebody else before it was healthy");
    }

    @Test
    void a_container_that_ends_right_after_its_good_response_is_not_confirmed() throws Exception {
        shop.probe.responds(at -> {
            shop.engine.ends(shop.engine.named("blue").id(), 1);
            return new ProbeResult.Healthy();
        });

        assertThat(failureOf(shop.config("blue")).message()).contains("exited with code 1 before it was healthy");
    }

    @Test
    void a_container_that_is_somewhere_else_after_its_good_response_is_asked_there() throws Exception {
        flying();
        shop.probe.responds(at -> {
            shop.engine.moves(shop.engine.named("blue").id(), "10.9.9.9");
            return new ProbeResult.Healthy();
        });

        var blue = shop.launched("blue");

        assertThat(blue.state().running().orElseThrow().address().host()).isEqualTo("10.9.9.9");
        assertThat(shop.probe.asked().getLast().host()).isEqualTo("10.9.9.9");
    }

    @Test
    void a_good_response_of_another_program_confirms_nothing() throws Exception {
        flying();
        shop.probe.responds(at -> {
            shop.engine.strangerListens(9292, "another program");
            return new ProbeResult.Healthy();
        });

        var failure = failureOf(shop.config("blue", ",\"HealthCheck\":{\"Deadline\":\"1s\"}"));

        assertThat(failure.kind()).isEqualTo(Kind.TOO_LATE);
        assertThat(failure.message())
                .contains("on port 9292 of its network listens another program, which is not of this container");
        assertThat(shop.engine.all()).isEmpty();
    }

    @Test
    void after_its_good_response_the_container_is_looked_at_once() throws Exception {
        shop.probe.responds(at -> {
            shop.engine.forgetCalls();
            return new ProbeResult.Healthy();
        });

        shop.launched("blue");

        assertThat(shop.engine.calls())
                .containsExactly("find " + shop.engine.named("blue").id());
    }

    @Test
    void a_container_whose_address_changes_while_it_starts_is_asked_there() throws Exception {
        flying();
        shop.probe.responds(at -> {
            shop.engine.moves(shop.engine.named("blue").id(), "10.9.9.9");
            return at.host().equals("10.9.9.9") ? new ProbeResult.Healthy() : new ProbeResult.Refused();
        });

        var blue = shop.launched("blue");

        assertThat(blue.state().running().orElseThrow().address().host()).isEqualTo("10.9.9.9");
        assertThat(shop.probe.asked()).extracting(Target.At::host).containsExactly("10.0.0.1", "10.9.9.9");
    }

    @Test
    void a_container_in_whose_place_another_program_listens_is_not_asked() throws Exception {
        flying();
        shop.engine.strangerListens(9292, "another program");

        var failure = failureOf(shop.config("blue", ",\"HealthCheck\":{\"Deadline\":\"1s\"}"));

        assertThat(failure.kind()).isEqualTo(Kind.TOO_LATE);
        assertThat(failure.message())
                .contains("on port 9292 of its network listens another program, which is not of this container");
        assertThat(shop.probe.asked()).isEmpty();
    }

    @Test
    void values_of_the_environment_are_never_shown() throws Exception {
        var config = withEnvironment("blue", "PASSWORD=correct-horse");
        shop.probe.responds(at -> {
            var id = shop.engine.named("blue").id();
            shop.engine.writes(id, "can't log in with correct-horse");
            shop.engine.ends(id, 1);
            return new ProbeResult.WrongStatus(302, Optional.of("/login/correct-horse"), "");
        });

        var failure = failureOf(config);

        assertThat(failure.output()).containsExactly("can't log in with [masked]");
        assertThat(shop.messages(EventType.PROBED))
                .singleElement()
                .asString()
                .endsWith("returned 302 to /login/[masked]");
    }

    @Test
    void the_failure_of_an_application_that_redirects_probes_to_https_says_what_to_do() throws Exception {
        flying();
        shop.probe.responds(new ProbeResult.WrongStatus(301, Optional.of("https://shop/up"), ""));

        assertThat(failureOf(shop.config("blue", ",\"HealthCheck\":{\"Deadline\":\"1s\"}"))
                        .message())
                .contains("returned 301 to https://shop/up; let the application respond to /up itself");
    }

    @Test
    void an_image_that_can_not_be_pulled_is_the_engines_refusal() throws Exception {
        shop.engine.fails("pull", EngineException.Kind.PULL_FAILED, "cannot pull it: no such tag");

        var failure = failureOf(shop.config("blue"));

        assertThat(failure).isEqualTo(Failure.of(Kind.ENGINE_REFUSED, "cannot pull it: no such tag"));
        assertThat(shop.messages(EventType.FAILED)).containsExactly("launch failed: cannot pull it: no such tag");
    }

    @Test
    void an_engine_that_is_away_is_reported_as_such() throws Exception {
        shop.engine.isDown();

        assertThat(failureOf(shop.config("blue")).kind()).isEqualTo(Kind.ENGINE_UNAVAILABLE);
    }

    @Test
    void a_configuration_that_the_store_does_not_have_is_unknown_and_not_listed() throws Exception {
        var hash = new ConfigHash("0123456789abcdef0123456789abcdef");

        var failure = catchThrowableOfType(
                        DeploymentException.class, () -> shop.deployments().launch(hash))
                .failure();

        assertThat(failure.kind()).isEqualTo(Kind.UNKNOWN);
        assertThat(failure.message()).endsWith("; upload the configuration, then launch it");
        assertThat(shop.deployments().all()).isEmpty();
    }

    @Test
    void a_configuration_that_can_not_be_run_is_invalid() throws Exception {
        var text = "{\"Revision\":\"blue\"}";
        var hash = ConfigHash.md5(text.getBytes());
        Files.writeString(directory.resolve("store/container." + hash.value() + ".json"), text);

        var failure = catchThrowableOfType(
                        DeploymentException.class, () -> shop.deployments().launch(hash))
                .failure();

        assertThat(failure.kind()).isEqualTo(Kind.INVALID);
        assertThat(failure.message()).contains("invalid configuration").contains("ContainerConfig");
    }

    @Test
    void a_name_that_is_somebody_elses_gets_the_hash_as_a_suffix() throws Exception {
        shop.engine.running("blue", "postgres:17", Map.of(), shop.time.clock().instant());

        var blue = shop.launched("blue");

        assertThat(blue.state().running().orElseThrow().containerName())
                .isEqualTo("blue-" + blue.hash().abbreviated());
        assertThat(shop.engine.named("blue").running()).isTrue();
    }

    @Test
    void a_container_of_its_own_that_nothing_needs_gives_up_its_name() throws Exception {
        var left = shop.engine.running("blue", image("other"), Map.of(), LONG_AGO);

        shop.launched("blue");

        assertThat(shop.engine.named("blue").id()).isNotEqualTo(left.id());
        assertThat(shop.engine.calls()).containsSubsequence("stop " + left.id(), "remove " + left.id());
    }

    @Test
    void another_configuration_of_the_same_revision_that_was_not_switched_to_is_replaced() throws Exception {
        var first = shop.launched("blue");

        var second = launch(shop.config("blue", ",\"Protocol\":\"HTTP/1.1\""));

        assertThat(second.state().running().orElseThrow().containerName()).isEqualTo("blue");
        assertThat(shop.state(first)).isEqualTo("gone");
    }

    @Test
    void another_configuration_of_the_same_revision_that_serves_keeps_its_name() throws Exception {
        var first = shop.serving("blue");

        var second = launch(shop.config("blue", ",\"Protocol\":\"HTTP/1.1\""));

        assertThat(second.state().running().orElseThrow().containerName())
                .isEqualTo("blue-" + second.hash().abbreviated());
        assertThat(shop.state(first)).isEqualTo("active");
    }

    @Test
    void a_launch_of_what_serves_only_looks_whether_it_is_healthy() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.forgetCalls();

        assertThat(shop.deployments().launch(blue.hash())).isEqualTo(blue);
        assertThat(shop.engine.calls()).contains("find " + container(blue));
        assertThat(shop.engine.calls("create") + shop.engine.calls("start")).isZero();

        shop.probe.responds(UNHEALTHY);
        assertThat(failureOf(blue.hash()).message()).contains("is not healthy now: GET /up returned 503");
        assertThat(shop.state(blue)).isEqualTo("active");
    }

    @Test
    void a_container_that_can_not_be_removed_now_is_removed_later_and_a_new_launch_waits_for_that() throws Exception {
        var config = shop.config("blue");
        shop.engine.fails("remove", EngineException.Kind.REFUSED, "it is busy");
        shop.probe.responds(at -> {
            shop.engine.ends(shop.engine.named("blue").id(), 1);
            return new ProbeResult.Healthy();
        });
        assertThat(failureOf(config).kind()).isEqualTo(Kind.NOT_CONFIRMED);

        shop.time.awaitWait(Duration.ofMillis(500));
        shop.probe.responds(new ProbeResult.Healthy());
        var again = meanwhile(() -> launch(config));
        shop.time.awaitWait(TestSettings.STOP_TIMEOUT.plusSeconds(5));
        assertThat(shop.engine.all()).as("the former one is still there").hasSize(1);
        shop.engine.works();
        shop.time.pass(Duration.ofMillis(500));

        assertThat(again.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS)
                        .state()
                        .label())
                .isEqualTo("healthy");
        assertThat(shop.engine.all()).hasSize(1);
    }

    @Test
    void nothing_is_created_while_the_journal_can_not_be_written() throws Exception {
        var journal = directory.resolve("state/journal.json");
        Files.deleteIfExists(journal);
        Files.createDirectories(journal.resolve("in-the-way"));

        assertThat(failureOf(shop.config("blue")).kind()).isEqualTo(Kind.STATE_UNWRITABLE);
        assertThat(shop.engine.calls("create")).isZero();
        assertThat(shop.deployments().all()).isEmpty();
    }

    private void flying() throws Exception {
        shop.close();
        shop = TestApplication.flyingIn(Files.createDirectories(directory.resolve("flying")));
    }

    private LaunchConfig withEnvironment(String revision, String line) {
        return shop.config(
                revision, ",\"ContainerConfig\":{\"Image\":\"%s\",\"Env\":[\"%s\"]}".formatted(image(revision), line));
    }

    private Deployment launch(LaunchConfig config) throws Exception {
        return shop.deployments().launch(config.hash());
    }

    private Failure failureOf(LaunchConfig config) {
        return failureOf(config.hash());
    }

    private Failure failureOf(ConfigHash hash) {
        return catchThrowableOfType(
                        DeploymentException.class, () -> shop.deployments().launch(hash))
                .failure();
    }
}
