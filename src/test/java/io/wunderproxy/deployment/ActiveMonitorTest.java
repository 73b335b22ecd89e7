package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.awaitThat;
import static io.wunderproxy.deployment.TestApplication.container;
import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.ActiveMonitor.Health;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.testkit.Patience;
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

class ActiveMonitorTest {

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
    void nothing_active_has_no_health() throws Exception {
        probe();

        assertThat(health()).isEmpty();
        assertThat(shop.probe.asked()).isEmpty();
    }

    @Test
    void what_was_switched_to_counts_as_healthy_before_it_is_probed() throws Exception {
        shop.serving("blue");

        assertThat(health()).contains(new Health(true, "was healthy when it was switched to", 0));
    }

    @Test
    void a_change_of_health_is_reported_once() throws Exception {
        shop.serving("blue");
        probe();
        probe();
        shop.probe.responds(new ProbeResult.WrongStatus(500, Optional.empty(), "oops"));
        probe();
        assertThat(health()).contains(new Health(false, "GET /up returned 500", 0));
        probe();
        shop.probe.responds(new ProbeResult.Healthy());
        probe();

        assertThat(health()).contains(new Health(true, "GET /up returned 200", 0));
        assertThat(shop.messages(EventType.HEALTHY))
                .containsExactly("healthy: GET /up returned 200", "healthy: GET /up returned 200");
        assertThat(shop.messages(EventType.UNHEALTHY)).containsExactly("unhealthy: GET /up returned 500");
    }

    @Test
    void a_container_that_responds_badly_is_left_alone() throws Exception {
        var blue = shop.serving("blue");
        shop.probe.responds(new ProbeResult.Refused());
        shop.engine.forgetCalls();
        for (var i = 0; i < 5; i++) {
            probe();
        }

        assertThat(shop.engine.calls()).contains("find " + container(blue));
        assertThat(shop.engine.calls("start") + shop.engine.calls("stop")).isZero();
    }

    @Test
    void a_container_that_hangs_for_as_long_as_its_configuration_allows_is_started_again() throws Exception {
        var blue = servingWithRestart();
        shop.probe.responds(new ProbeResult.Silent(Duration.ofSeconds(2)));
        probe();
        shop.time.pass(Duration.ofMillis(9_999));
        probe();
        assertThat(shop.engine.calls("stop")).isZero();
        shop.time.pass(Duration.ofMillis(1));

        probe();
        shop.awaitEvent(EventType.STARTED, e -> e.message().equals("started its container again"));

        assertThat(shop.engine.calls()).containsSubsequence("stop " + container(blue), "start " + container(blue));
        assertThat(shop.messages(EventType.UNHEALTHY))
                .contains("its container hangs (GET /up was accepted but got no response within 2000 ms); starting it"
                        + " again (attempt 1)");
    }

    @Test
    void a_container_that_responds_however_badly_or_now_and_then_does_not_hang() throws Exception {
        servingWithRestart();
        for (var i = 0; i < 5; i++) {
            shop.probe.responds(new ProbeResult.Refused());
            probe();
            shop.time.pass(Duration.ofSeconds(9));
            shop.probe.responds(new ProbeResult.WrongStatus(503, Optional.empty(), "no database"));
            probe();
            shop.time.pass(Duration.ofSeconds(9));
        }

        assertThat(shop.engine.calls("stop")).isZero();
    }

    @Test
    void a_container_that_was_started_again_has_as_long_as_a_launch_to_respond() throws Exception {
        var blue = servingWithRestart();
        shop.probe.responds(new ProbeResult.Refused());
        shop.engine.ends(container(blue), 1);
        probe();
        probeUntilRunning();
        awaitThat("it is served from again", () -> !shop.messages(EventType.STARTED)
                .isEmpty());
        probe();
        shop.time.pass(Duration.ofSeconds(59));
        probe();
        assertThat(shop.engine.calls("stop")).isZero();
        shop.time.pass(Duration.ofSeconds(1));

        probe();

        awaitThat("it is stopped", () -> shop.engine.calls("stop") == 1);
    }

    private Deployment servingWithRestart() throws Exception {
        var check = ",\"HealthCheck\":{\"Successes\":1,\"Deadline\":\"1m\",\"RestartAfter\":\"10s\"}";
        var launched = shop.deployments().launch(shop.config("blue", check).hash());
        return shop.deployments().switchTo(launched.hash(), () -> {});
    }

    @Test
    void a_container_that_has_died_is_started_again() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.ends(container(blue), 137);

        probe();
        shop.awaitEvent(EventType.STARTED, e -> e.message().equals("started its container again"));

        assertThat(shop.engine.named("blue").running()).isTrue();
        assertThat(shop.messages(EventType.UNHEALTHY))
                .contains("its container exited with code 137 (killed); starting it again (attempt 1)");
        assertThat(health().orElseThrow().restarts()).isOne();
    }

    @Test
    void a_container_that_somebody_removed_is_made_again() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.vanishes(container(blue));

        probe();
        shop.awaitEvent(EventType.SERVING, e -> true);

        var active = shop.deployments().active().orElseThrow();
        assertThat(container(active))
                .isNotEqualTo(container(blue))
                .isEqualTo(shop.engine.named("blue").id());
        assertThat(shop.backends.current().orElseThrow().id()).isEqualTo(container(active));
    }

    @Test
    void a_container_that_is_being_made_again_is_not_taken_for_one_that_nobody_needs() throws Exception {
        var blue = shop.launched("blue");
        var look = shop.engine.holds("list");
        shop.deployments().switchTo(blue.hash(), () -> {});
        shop.engine.isHeld("list").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        shop.engine.holds("list").complete(null);
        shop.engine.vanishes(container(blue));
        var start = shop.engine.holds("start");
        probe();
        shop.engine.isHeld("start").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        shop.engine.running("left", TestApplication.image("left"), Map.of(), Instant.EPOCH);

        look.complete(null);
        awaitThat("what nobody needs is removed", () -> shop.engine.all().stream()
                .noneMatch(c -> c.name().equals("left")));
        start.complete(null);
        shop.awaitEvent(EventType.SERVING, e -> true);

        assertThat(shop.backends.current().orElseThrow().id())
                .isEqualTo(shop.engine.named("blue").id());
    }

    @Test
    void a_container_that_dies_again_and_again_is_started_at_growing_intervals() throws Exception {
        var blue = shop.serving("blue");
        for (var attempt = 1; attempt <= 7; attempt++) {
            diesAndIsStarted(blue, attempt);
            var pause = Duration.ofSeconds(Math.min(30, 1L << (attempt - 1)));

            shop.engine.ends(container(blue), 1);
            shop.time.pass(pause.minusMillis(1));
            probe();
            assertThat(shop.engine.named("blue").running())
                    .as("before the pause has ended")
                    .isFalse();
            shop.time.pass(Duration.ofMillis(1));
        }
    }

    @Test
    void a_container_that_was_healthy_for_a_minute_has_recovered() throws Exception {
        var blue = shop.serving("blue");
        for (var attempt = 1; attempt <= 3; attempt++) {
            shop.time.pass(Duration.ofSeconds(30));
            diesAndIsStarted(blue, attempt);
        }
        shop.time.pass(Duration.ofSeconds(59));
        probe();
        assertThat(health().orElseThrow().restarts()).isEqualTo(3);
        shop.time.pass(Duration.ofSeconds(1));
        probe();

        assertThat(health().orElseThrow().restarts()).isZero();
        diesAndIsStarted(blue, 1);
        shop.engine.ends(container(blue), 1);
        shop.time.pass(Duration.ofSeconds(1));
        probe();
        probeUntilRunning();
    }

    @Test
    void a_container_that_can_not_be_started_is_tried_again() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.ends(container(blue), 1);
        shop.engine.fails("start", EngineException.Kind.REFUSED, "no such device");
        probe();
        shop.awaitEvent(EventType.DELAYED, e -> e.message().equals("cannot start its container again: no such device"));
        shop.engine.works();
        shop.time.pass(Duration.ofSeconds(1));

        probeUntilRunning();
    }

    @Test
    void a_container_that_has_moved_serves_from_where_it_is() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.moves(container(blue), "10.9.9.9");

        probe();

        assertThat(shop.backends.current().orElseThrow().host()).isEqualTo("10.9.9.9");
        assertThat(shop.messages(EventType.SERVING)).singleElement().asString().contains("at 10.9.9.9:9292");
    }

    @Test
    void an_engine_that_is_away_does_not_keep_the_container_from_being_probed() throws Exception {
        shop.serving("blue");
        shop.engine.isDown();

        probe();

        assertThat(health()).contains(new Health(true, "GET /up returned 200", 0));
    }

    @Test
    void what_is_switched_to_starts_without_the_formers_restarts() throws Exception {
        var blue = shop.serving("blue");
        diesAndIsStarted(blue, 1);
        shop.serving("green");

        assertThat(health().orElseThrow().restarts()).isZero();
        probe();
        assertThat(health()).contains(new Health(true, "GET /up returned 200", 0));
    }

    private void diesAndIsStarted(Deployment deployment, int attempt) throws Exception {
        shop.engine.ends(container(deployment), 1);
        probe();
        probeUntilRunning();
        awaitThat("it is attempt " + attempt, () -> health().orElseThrow().restarts() == attempt);
        probe();
    }

    /** The restart before may not have ended yet, and then there is no other. */
    private void probeUntilRunning() {
        awaitThat("it runs", () -> {
            probe();
            return shop.engine.named("blue").running();
        });
    }

    private void probe() throws InterruptedException {
        shop.parts.monitor().probe();
    }

    private Optional<Health> health() {
        return shop.parts.monitor().health();
    }
}
