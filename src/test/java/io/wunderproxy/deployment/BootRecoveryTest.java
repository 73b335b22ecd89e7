package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.awaitThat;
import static io.wunderproxy.deployment.TestApplication.container;
import static io.wunderproxy.deployment.TestApplication.image;
import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.container.Container;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.proxy.rules.NoBackendReason;
import io.wunderproxy.testkit.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BootRecoveryTest {

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
    void what_served_and_still_runs_serves_on_without_being_asked() throws Exception {
        var blue = shop.serving("blue");
        var probes = shop.probe.asked().size();

        shop.restart().recover();

        assertThat(shop.deployments().active().map(Deployment::hash)).contains(blue.hash());
        assertThat(shop.backends.current().orElseThrow().id()).isEqualTo(container(blue));
        assertThat(shop.probe.asked()).hasSize(probes);
        assertThat(shop.messages(EventType.SERVING)).singleElement().asString().endsWith(", which runs already");
    }

    @Test
    void what_served_is_reached_where_it_is_now() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.moves(container(blue), "10.9.9.9");

        shop.restart().recover();

        assertThat(shop.backends.current().orElseThrow().host()).isEqualTo("10.9.9.9");
    }

    @Test
    void a_fresh_host_launches_current_json() throws Exception {
        shop.promote(shop.config("blue"));

        shop.restart().recover();

        assertThat(shop.deployments().active().orElseThrow().revision()).isEqualTo("blue");
    }

    @Test
    void without_current_json_there_is_nothing_to_serve() throws Exception {
        shop.restart().recover();

        assertThat(shop.deployments().active()).isEmpty();
        assertThat(shop.backends.absence()).isEqualTo(NoBackendReason.NOT_CONFIGURED);
        assertThat(shop.messages(EventType.RECOVERING))
                .singleElement()
                .asString()
                .startsWith("there is no current.json");
    }

    @Test
    void after_a_restart_of_the_machine_current_json_decides_and_its_container_is_started_again() throws Exception {
        var blue = shop.serving("blue");
        shop.promote(blue.config().orElseThrow());

        shop.restartMachine().recover();

        assertThat(container(shop.deployments().active().orElseThrow())).isEqualTo(container(blue));
        assertThat(shop.engine.named("blue").running()).isTrue();
    }

    @Test
    void a_container_that_died_with_the_agent_is_started_again_whatever_was_promoted() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.ends(container(blue), 137);

        shop.restart().recover();

        assertThat(shop.deployments().active().map(Deployment::hash)).contains(blue.hash());
        assertThat(shop.messages(EventType.RECOVERING))
                .contains("there is no current.json; starting again what served here last");
    }

    @Test
    void what_was_promoted_while_the_agent_was_away_replaces_what_has_died() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.ends(container(blue), 137);
        shop.promote(shop.config("green"));

        shop.restart().recover();

        assertThat(shop.deployments().active().orElseThrow().revision()).isEqualTo("green");
        shop.awaitState(blue, "gone");
    }

    @Test
    void an_engine_that_is_away_is_asked_again_at_growing_intervals() throws Exception {
        var blue = shop.serving("blue");
        shop.restart();
        shop.engine.isDown();
        shop.parts.recovery().start(() -> {});

        for (var millis : new long[] {500, 1000, 2000, 4000, 8000, 15000}) {
            shop.time.awaitWait(Duration.ofMillis(millis));
            assertThat(shop.parts.recovery().obstacle()).contains("cannot reach Docker");
            shop.time.pass(Duration.ofMillis(millis));
        }
        shop.time.awaitWait(Duration.ofSeconds(15));
        assertThat(shop.messages(EventType.RECOVERING))
                .as("only the last is kept")
                .containsExactly("nothing to serve yet: cannot reach Docker; trying again in 15000 ms");
        assertThat(shop.deployments().active()).isEmpty();
        shop.engine.works();
        shop.time.pass(Duration.ofSeconds(15));

        awaitThat("it serves", () -> shop.deployments().active().isPresent());
        assertThat(shop.deployments().active().map(Deployment::hash)).contains(blue.hash());
    }

    @Test
    void a_configuration_that_can_not_be_understood_gives_way_to_the_copy_of_the_last_good_one() throws Exception {
        var blue = shop.serving("blue");
        shop.promote(blue.config().orElseThrow());
        shop.parts.currentConfig().refresh();
        shop.promoteText("{}");

        shop.restartMachine().recover();

        assertThat(shop.deployments().active().map(Deployment::hash)).contains(blue.hash());
        assertThat(shop.messages(EventType.RECOVERING))
                .anyMatch(message -> message.endsWith("; using the copy of the last good one"));
    }

    @Test
    void a_host_without_any_good_configuration_says_so() throws Exception {
        shop.promoteText("{}");
        shop.restart();
        shop.parts.recovery().start(() -> {});

        shop.time.awaitWait(Duration.ofMillis(500));
        assertThat(shop.parts.recovery().obstacle().orElseThrow())
                .contains("invalid configuration")
                .endsWith(", and this host has no copy of a good one");
        shop.promote(shop.config("blue"));
        shop.time.pass(Duration.ofMillis(500));

        awaitThat("it serves", () -> shop.deployments().active().isPresent());
    }

    @Test
    void a_configuration_that_does_not_come_up_gives_way_to_the_copy_of_the_last_good_one() throws Exception {
        var blue = shop.serving("blue");
        shop.promote(blue.config().orElseThrow());
        shop.parts.currentConfig().refresh();
        shop.promote(shop.config("green"));
        shop.probe.responds(at -> {
            shop.engine.all().stream()
                    .filter(c -> c.name().equals("green") && c.running())
                    .forEach(c -> shop.engine.ends(c.id(), 1));
            return at.host().equals("10.0.0.1") ? new ProbeResult.Healthy() : new ProbeResult.Refused();
        });

        shop.restartMachine().recover();

        assertThat(shop.deployments().active().map(Deployment::hash)).contains(blue.hash());
        assertThat(shop.messages(EventType.RECOVERING))
                .anyMatch(m -> m.startsWith("current.json can't be launched, using the copy of the last good one: "));
    }

    @Test
    void a_launch_that_was_under_way_continues_with_the_container_that_is_there() throws Exception {
        var hold = shop.engine.holds("start");
        var config = shop.config("blue");
        shop.deployments().beginLaunch(config.hash());
        shop.engine.isHeld("start").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        var made = shop.engine.named("blue").id();

        // The former agent's thread is stuck forever, as if it had been killed.
        shop.restart();
        shop.engine.holds("none");
        shop.engine.holds("start").complete(null);
        shop.recover();

        awaitThat("it is healthy", () -> shop.journal
                .find(config.hash())
                .filter(d -> d.state() instanceof DeploymentState.Healthy)
                .isPresent());
        assertThat(container(shop.deployments().find(config.hash()))).isEqualTo(made);
        assertThat(shop.engine.calls("create")).isOne();
        assertThat(hold).isNotDone();
    }

    @Test
    void a_launch_that_a_restart_of_the_machine_broke_off_has_failed() throws Exception {
        shop.engine.holds("pull");
        var config = shop.config("blue");
        shop.deployments().beginLaunch(config.hash());
        shop.engine.isHeld("pull").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);

        shop.restartMachine().recover();

        assertThat(shop.deployments().find(config.hash()).state())
                .isEqualTo(new DeploymentState.Failed("the machine was restarted during the launch"));
    }

    @Test
    void what_was_confirmed_waits_for_its_switch_if_it_still_runs_and_else_is_removed() throws Exception {
        var runs = shop.launched("runs");
        var died = shop.launched("died");
        shop.engine.ends(container(died), 1);

        shop.restart().recover();

        shop.awaitState(died, "gone");
        assertThat(shop.state(runs)).isEqualTo("healthy");
        assertThat(shop.messages(EventType.RECOVERING)).anyMatch(m -> m.equals("is healthy and waits for the switch"));
    }

    @Test
    void what_drained_or_was_being_removed_is_removed() throws Exception {
        var blue = shop.serving("blue");
        shop.backends.acquire();
        var green = shop.serving("green");
        var red = shop.launched("red");
        shop.engine.holds("stop");
        shop.deployments().discard(red.hash());
        shop.engine.isHeld("stop").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(shop.state(blue)).isEqualTo("draining");
        assertThat(shop.state(red)).isEqualTo("retiring");

        shop.engine.holds("stop").complete(null);
        shop.restart().recover();

        shop.awaitState(blue, "gone");
        shop.awaitState(red, "gone");
        assertThat(shop.state(green)).isEqualTo("active");
    }

    @Test
    void containers_that_no_deployment_needs_are_removed_when_something_serves() throws Exception {
        shop.serving("blue");
        shop.engine.running("left", image("left"), Map.of(), Instant.parse("2020-01-01T00:00:00Z"));

        shop.restart().recover();

        awaitThat("it is removed", () -> shop.engine.all().size() == 1);
        assertThat(shop.engine.all()).extracting(Container::name).containsExactly("blue");
    }

    @Test
    void current_json_is_read_when_the_host_has_been_announced() throws Exception {
        shop.promote(shop.config("blue"));
        shop.restart();
        var announced = new CompletableFuture<Void>();
        var asked = new CompletableFuture<Void>();
        shop.parts.recovery().start(() -> {
            asked.complete(null);
            announced.join();
        });
        asked.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        assertThat(shop.engine.calls("pull")).isZero();
        announced.complete(null);

        awaitThat("it serves", () -> shop.deployments().active().isPresent());
    }

    @Test
    void who_has_switched_meanwhile_is_not_overruled() throws Exception {
        shop.promote(shop.config("blue"));
        shop.restart();
        var announced = new CompletableFuture<Void>();
        shop.parts.recovery().start(announced::join);
        shop.serving("green");
        announced.complete(null);
        awaitThat("it has recovered", () -> shop.parts.recovery().obstacle().isEmpty());

        assertThat(shop.deployments().active().orElseThrow().revision()).isEqualTo("green");
    }

    @Test
    void what_serves_is_kept_as_the_last_good_one_once_it_is_promoted() throws Exception {
        var blue = shop.serving("blue");
        var copy = directory.resolve("state/current.json");
        shop.parts.currentConfig().refresh();
        assertThat(copy).doesNotExist();

        shop.promote(blue.config().orElseThrow());
        shop.restart().recover();
        shop.parts.currentConfig().refresh();

        assertThat(Files.readAllBytes(copy))
                .isEqualTo(blue.config().orElseThrow().document());
    }
}
