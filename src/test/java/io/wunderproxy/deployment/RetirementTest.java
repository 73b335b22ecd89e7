package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.awaitThat;
import static io.wunderproxy.deployment.TestApplication.container;
import static io.wunderproxy.deployment.TestApplication.image;
import static io.wunderproxy.deployment.TestApplication.meanwhile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.EventType;
import io.wunderproxy.testkit.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RetirementTest {

    private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");
    private static final Duration LOOK = Duration.ofSeconds(1);

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
    void a_container_without_requests_is_stopped_and_removed_and_its_image_deleted() throws Exception {
        var blue = shop.serving("blue");
        shop.serving("green");

        shop.awaitState(blue, "gone");
        assertThat(shop.engine.calls())
                .containsSubsequence(
                        "stop " + container(blue), "remove " + container(blue), "removeImage " + image("blue"));
        assertThat(shop.engine.images()).containsExactly(image("green"));
        assertThat(shop.engine.all()).extracting(Container::name).containsExactly("green");
    }

    @Test
    void what_is_left_while_others_are_removed_is_removed_after_them() throws Exception {
        shop.engine.running("left", image("left"), Map.of(), LONG_AGO);
        var stop = shop.engine.holds("stop");
        shop.serving("blue");
        shop.engine.isHeld("stop").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        shop.engine.running("later", image("later"), Map.of(), LONG_AGO);
        shop.serving("green");

        stop.complete(null);
        awaitThat("both are removed", () -> shop.engine.all().stream()
                .noneMatch(container -> container.name().matches("left|later")));
    }

    @Test
    void a_container_is_kept_until_its_last_request_has_ended() throws Exception {
        var blue = shop.serving("blue");
        var first = shop.backends.acquire();
        var second = shop.backends.acquire();
        shop.serving("green");
        shop.awaitEvent(EventType.DRAINING, e -> e.message().equals("draining: 2 requests are open"));

        first.release();
        shop.time.awaitWait(LOOK);
        shop.time.pass(LOOK);
        shop.awaitEvent(EventType.DRAINING, e -> e.message().equals("draining: 1 request is open"));
        assertThat(shop.state(blue)).isEqualTo("draining");
        assertThat(shop.engine.named("blue").running()).isTrue();

        second.release();
        shop.awaitState(blue, "gone");
    }

    @Test
    void requests_that_do_not_end_are_cut_off_after_the_drain_time_out() throws Exception {
        var blue = shop.serving("blue");
        shop.backends.acquire();
        shop.serving("green");
        for (var second = 0; second < TestSettings.DRAIN_TIMEOUT.toSeconds(); second++) {
            assertThat(shop.state(blue)).isEqualTo("draining");
            shop.time.awaitWait(LOOK);
            shop.time.pass(LOOK);
        }

        shop.awaitState(blue, "gone");
        assertThat(shop.messages(EventType.DRAINING)).contains("1 request is open after 30 s; they are cut off");
    }

    @Test
    void what_the_engine_does_not_do_now_is_tried_again_at_growing_intervals() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.fails("stop", EngineException.Kind.REFUSED, "it is busy");
        shop.serving("green");

        for (var millis : new long[] {500, 1000, 2000, 4000, 8000, 16000, 30000, 30000}) {
            shop.time.awaitWait(Duration.ofMillis(millis));
            shop.time.pass(Duration.ofMillis(millis));
        }
        shop.time.awaitWait(Duration.ofSeconds(30));
        assertThat(shop.messages(EventType.DELAYED))
                .contains("cannot stop container "
                        + blue.state().running().orElseThrow().abbreviatedId()
                        + " yet: it is busy; trying again in 30000 ms");
        assertThat(shop.state(blue)).isEqualTo("retiring");
        shop.engine.works();
        shop.time.pass(Duration.ofSeconds(30));

        shop.awaitState(blue, "gone");
    }

    @Test
    void an_image_that_another_deployment_needs_stays() throws Exception {
        var first = shop.launched("blue");
        var second = shop.deployments()
                .launch(shop.config("other", withImageOf("blue")).hash());
        shop.deployments().discard(first.hash());

        shop.awaitState(first, "gone");
        assertThat(shop.engine.images()).containsExactly(image("blue"));

        shop.deployments().discard(second.hash());
        shop.awaitState(second, "gone");
        assertThat(shop.engine.images()).isEmpty();
    }

    @Test
    void an_image_that_can_not_be_deleted_does_not_keep_the_deployment() throws Exception {
        var blue = shop.launched("blue");
        shop.engine.fails("removeImage", EngineException.Kind.REFUSED, "it is referenced");
        shop.deployments().discard(blue.hash());

        shop.awaitState(blue, "gone");
        assertThat(shop.messages(EventType.REMOVED)).contains("the image stays: it is referenced");
    }

    @Test
    void a_launch_of_what_is_being_removed_waits_for_that() throws Exception {
        var blue = shop.launched("blue");
        var removal = shop.engine.holds("remove");
        shop.deployments().discard(blue.hash());
        shop.engine.isHeld("remove").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        var again = meanwhile(() -> shop.deployments().launch(blue.hash()));
        shop.time.awaitWait(TestSettings.STOP_TIMEOUT.plusSeconds(5));
        removal.complete(null);

        assertThat(container(again.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS)))
                .isNotEqualTo(container(blue));
    }

    @Test
    void a_launch_of_what_can_not_be_removed_says_so() throws Exception {
        var blue = shop.launched("blue");
        var removal = shop.engine.holds("remove");
        shop.deployments().discard(blue.hash());
        shop.engine.isHeld("remove").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        var again = meanwhile(() -> shop.deployments().launch(blue.hash()));
        var longest = TestSettings.STOP_TIMEOUT.plusSeconds(5);
        shop.time.awaitWait(longest);
        shop.time.pass(longest);

        assertThatThrownBy(() -> again.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS))
                .isInstanceOf(ExecutionException.class)
                .hasMessageContaining("the former container of this configuration is still being removed");
        removal.complete(null);
        shop.awaitState(blue, "gone");
    }

    @Test
    void containers_that_no_deployment_needs_are_removed_by_the_next_switch() throws Exception {
        var left = shop.engine.running("left", image("left"), Map.of(), LONG_AGO);
        shop.engine.has(image("left"));
        var foreign = shop.engine.running("db", "postgres:17", Map.of(), LONG_AGO);
        var young = shop.engine.running("mine", image("mine"), Map.of(), Instant.parse("2100-01-01T00:00:00Z"));
        var waiting = shop.launched("waiting");

        shop.serving("blue");
        shop.awaitEvent(EventType.REMOVED, e -> e.message().equals("deleted image " + image("left")));

        assertThat(shop.engine.all())
                .extracting(Container::id)
                .doesNotContain(left.id())
                .contains(foreign.id(), young.id());
        shop.awaitState(waiting, "gone");
    }

    @Test
    void a_container_that_can_not_be_removed_is_left_to_the_next_switch() throws Exception {
        shop.engine.running("left", image("left"), Map.of(), LONG_AGO);
        shop.engine.fails("remove", EngineException.Kind.REFUSED, "it is busy");
        shop.serving("blue");
        shop.awaitEvent(
                EventType.DELAYED, e -> e.message().endsWith("(left): it is busy; the next switch or start does it"));
        shop.engine.works();

        shop.serving("green");

        shop.awaitEvent(EventType.REMOVED, e -> e.message().endsWith("(left), which no deployment needs"));
    }

    @Test
    void an_engine_that_can_not_list_containers_is_asked_at_the_next_switch() throws Exception {
        var blue = shop.launched("blue");
        shop.engine.fails("list", EngineException.Kind.REFUSED, "it is busy");
        shop.deployments().switchTo(blue.hash(), () -> {});

        shop.awaitEvent(EventType.DELAYED, e -> e.message()
                .equals("cannot look for left containers: it is busy; the next switch or start does it"));
    }

    private static String withImageOf(String revision) {
        return ",\"ContainerConfig\":{\"Image\":\"" + image(revision) + "\"}";
    }
}
