package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.awaitThat;
import static io.wunderproxy.deployment.TestApplication.container;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.deployment.Bake.State;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.proxy.rules.Refusal;
import io.wunderproxy.proxy.stats.LoopStats;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A deployment that is compared with the one before it. */
class BakingTest {

    private static final long QUICK = Duration.ofMillis(20).toNanos();
    private static final long SLOW = Duration.ofMillis(900).toNanos();

    @TempDir
    Path directory;

    private TestApplication shop;
    private LoopStats traffic;
    private Deployment blue;

    @BeforeEach
    void start() throws Exception {
        shop = TestApplication.in(directory);
        traffic = shop.stats.forLoop();
        blue = shop.serving("blue");
        requests(1000, 200, QUICK);
    }

    @AfterEach
    void stop() throws Exception {
        shop.close();
    }

    private void requests(int number, int status, long nanos) {
        for (var i = 0; i < number; i++) {
            traffic.requestStarted();
            traffic.responded(nanos);
            traffic.requestEnded("GET", status, nanos, 0, 0);
        }
    }

    private Deployment baking(String revision) throws Exception {
        var launched = shop.launched(revision);
        return shop.deployments().switchTo(launched.hash(), () -> {}, Duration.ofSeconds(30), "192.0.2.7");
    }

    private Bake bake(Deployment deployment) {
        return shop.deployments().bake(deployment).orElseThrow();
    }

    /** Lets time pass, look by look, until a bake has ended like this. */
    private void awaitEnd(Deployment deployment, State state) throws Exception {
        while (bake(deployment).state() == State.BAKING) {
            look(deployment);
        }
        assertThat(bake(deployment).state()).isEqualTo(state);
    }

    private void look(Deployment deployment) throws Exception {
        shop.time.awaitWait(Duration.ofSeconds(1));
        var before = shop.time.sleeps().size();
        shop.time.pass(Duration.ofSeconds(1));
        awaitThat(
                "it was looked at",
                () -> shop.time.sleeps().size() > before || bake(deployment).state() != State.BAKING);
    }

    private void assertServes(Deployment deployment) {
        assertThat(shop.deployments().active().map(Deployment::hash)).contains(deployment.hash());
    }

    @Test
    void a_good_one_stays_and_the_former_goes_only_then() throws Exception {
        var green = baking("green");
        requests(1000, 200, QUICK);
        assertThat(shop.state(blue)).isEqualTo("healthy");
        assertThat(shop.engine.named("blue").running()).isTrue();
        assertThat(bake(green).baseline().requests()).isEqualTo(1000);

        awaitEnd(green, State.BAKED);
        assertServes(green);
        assertThat(bake(green).reason()).contains("1000 requests, 0.00 % errors");
        shop.awaitState(blue, "gone");
    }

    @Test
    void one_with_errors_is_switched_back_with_numbers_and_its_last_lines_but_not_its_secrets() throws Exception {
        var config = shop.config(
                "green",
                ",\"ContainerConfig\":{\"Image\":\"localhost:8080/shop:green\",\"Env\":[\"KEY=very-secret\"]}");
        var green = shop.deployments().launch(config.hash());
        shop.engine.writes(container(green), "it fails with very-secret");
        shop.deployments().switchTo(green.hash(), () -> {}, Duration.ofSeconds(30), "192.0.2.7");
        requests(500, 200, QUICK);
        requests(40, 500, QUICK);

        awaitEnd(green, State.SWITCHED_BACK);
        assertServes(blue);
        assertThat(bake(green).reason()).contains("errors since the switch: 540 requests, 7.41 % errors");
        assertThat(bake(green).output()).containsExactly("it fails with [masked]");
        assertThat(shop.awaitEvent(EventType.SWITCHED_BACK, e -> true).message())
                .contains("540 requests, 7.41 % errors")
                .doesNotContain("it fails with");
        shop.awaitState(green, "gone");
        assertThat(shop.engine.named("blue").running()).isTrue();
    }

    @Test
    void what_the_proxy_refuses_by_itself_is_no_error_of_the_new_one() throws Exception {
        var green = baking("green");
        requests(200, 200, QUICK);
        awaitThat("it is watched", () -> !shop.messages(EventType.BAKING).isEmpty());
        for (var i = 0; i < 100; i++) {
            traffic.refused(Refusal.MAINTENANCE);
        }
        requests(100, 503, QUICK);

        awaitEnd(green, State.BAKED);
        assertServes(green);
    }

    @Test
    void one_that_is_slow_to_the_end_is_switched_back() throws Exception {
        var green = baking("green");
        for (var i = 0; i < 10; i++) {
            look(green);
        }
        for (var i = 0; i < 20; i++) {
            requests(50, 200, SLOW);
            look(green);
        }

        assertThat(bake(green).state()).isEqualTo(State.SWITCHED_BACK);
        assertServes(blue);
        assertThat(bake(green).reason()).startsWith("slower since the switch");
    }

    @Test
    void one_that_is_slow_only_while_it_warms_up_stays() throws Exception {
        var green = baking("green");
        requests(200, 200, SLOW);
        for (var i = 0; i < 20; i++) {
            look(green);
        }
        requests(1000, 200, QUICK);

        awaitEnd(green, State.BAKED);
        assertServes(green);
    }

    @Test
    void one_that_hangs_is_switched_back() throws Exception {
        var green = baking("green");
        for (var i = 0; i < 5; i++) {
            shop.backends.acquire();
        }

        awaitEnd(green, State.SWITCHED_BACK);
        assertServes(blue);
        assertThat(bake(green).reason()).startsWith("it hangs: no response has begun for");
    }

    @Test
    void one_that_is_unhealthy_is_switched_back() throws Exception {
        var green = baking("green");
        shop.probe.responds(new ProbeResult.Refused());
        shop.parts.monitor().probe();
        shop.time.pass(Duration.ofSeconds(1));
        shop.probe.responds(target ->
                target.toString().contains("10.0.0.2") ? new ProbeResult.Refused() : new ProbeResult.Healthy());

        awaitEnd(green, State.SWITCHED_BACK);
        assertServes(blue);
        assertThat(bake(green).reason()).startsWith("it is unhealthy");
    }

    @Test
    void a_bake_is_continued_by_the_next_agent() throws Exception {
        var green = baking("green");
        shop.restart().recover();
        assertThat(bake(green).state()).isEqualTo(State.BAKING);
        traffic = shop.stats.forLoop();
        requests(100, 500, QUICK);

        awaitEnd(green, State.SWITCHED_BACK);
        assertServes(blue);
    }

    @Test
    void a_second_switch_breaks_it_off_and_the_event_says_who_asked() throws Exception {
        var green = baking("green");
        shop.deployments().switchTo(blue.hash(), () -> {}, Duration.ZERO, "192.0.2.7");

        assertThat(bake(green).state()).isEqualTo(State.BROKEN_OFF);
        assertServes(blue);
        assertThat(shop.awaitEvent(EventType.BAKED, e -> true).message())
                .contains("broken off by a switch to revision blue")
                .contains("192.0.2.7");
        shop.awaitState(green, "gone");
    }

    @Test
    void a_switch_to_a_third_one_removes_the_one_kept_warm() throws Exception {
        baking("green");
        var red = shop.serving("red");

        shop.awaitState(blue, "gone");
        assertServes(red);
        assertThat(shop.deployments().bake(red)).isEqualTo(Optional.empty());
    }

    @Test
    void what_is_kept_warm_cannot_be_discarded() throws Exception {
        baking("green");

        assertThatThrownBy(() -> shop.deployments().discard(blue.hash()))
                .hasMessageContaining("is kept warm while another one bakes");
    }

    @Test
    void without_a_time_nothing_bakes() throws Exception {
        var green = shop.serving("green");

        assertThat(shop.deployments().bake(green)).isEmpty();
        shop.awaitState(blue, "gone");
    }
}
