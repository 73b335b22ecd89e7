package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.awaitThat;
import static io.wunderproxy.deployment.TestApplication.container;
import static io.wunderproxy.deployment.TestApplication.meanwhile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.EventDetail;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.ProxySettings;
import io.wunderproxy.testkit.Patience;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SwitchTest {

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
    void new_requests_go_to_what_is_switched_to_and_the_former_drains() throws Exception {
        var blue = shop.serving("blue");
        var lease = shop.backends.acquire();
        var green = shop.serving("green");

        assertThat(green.state().label()).isEqualTo("active");
        assertThat(shop.deployments().active()).contains(green);
        assertThat(shop.backends.current()).contains(new Backend(container(green), "10.0.0.2", 9292));
        assertThat(shop.state(blue)).isEqualTo("draining");
        assertThat(shop.engine.named("blue").running()).as("it has a request").isTrue();
        lease.release();
        shop.awaitState(blue, "gone");
    }

    @Test
    void the_event_says_from_what_to_what() throws Exception {
        var blue = shop.serving("blue");
        var green = shop.serving("green");

        var event =
                shop.awaitEvent(EventType.SWITCHED, e -> e.revision().orElse("").equals("green"));
        assertThat(event.details())
                .containsEntry(EventDetail.FROM, blue.hash().value())
                .containsEntry(EventDetail.TO, green.hash().value());
        assertThat(event.message()).contains("at 10.0.0.2:9292, from revision blue");
    }

    @Test
    void what_a_revision_says_of_its_proxying_comes_and_goes_with_it_and_stays_through_a_restart() throws Exception {
        var blue = shop.serving("blue");
        assertThat(shop.backends.first().settings()).isEqualTo(ProxySettings.NONE);

        var green = shop.deployments()
                .launch(shop.config("green", ",\"Proxy\":{\"MaxBody\":\"1k\"}").hash());
        assertThat(shop.backends.first().settings()).isEqualTo(ProxySettings.NONE);
        shop.deployments().switchTo(green.hash(), () -> {});
        assertThat(shop.backends.first().settings().maxBody()).contains(1024L);

        shop = shop.restart().recover();
        awaitThat("it serves again", () -> shop.backends.first() != null);
        assertThat(shop.backends.first().settings().maxBody()).contains(1024L);

        // It drains until then, and what drains is launched already.
        awaitThat("the former one is gone", () -> shop.engine.all().size() == 1);
        shop.deployments().switchTo(shop.deployments().launch(blue.hash()).hash(), () -> {});
        assertThat(shop.backends.first().settings()).isEqualTo(ProxySettings.NONE);
    }

    @Test
    void a_revision_whose_password_file_cannot_be_used_is_neither_launched_nor_switched_to() throws Exception {
        var file = directory.resolve("passwords");
        var blue = shop.serving("blue");
        var green = shop.config("green", ",\"Proxy\":{\"BasicAuth\":{\"File\":\"" + file + "\"}}");

        var refusal = catchThrowableOfType(
                DeploymentException.class, () -> shop.deployments().launch(green.hash()));
        assertThat(refusal.failure().kind()).isEqualTo(Kind.INVALID);
        assertThat(refusal)
                .hasMessageContaining("the password file " + file + " can't be used: it is not on this host");
        assertThat(shop.deployments().all()).containsExactly(blue);

        Files.writeString(file, "ann:$apr1$abcdefgh$h9FWgUz3n9YxylKLlR5SQ/");
        shop.deployments().launch(green.hash());
        Files.writeString(file, "ann:plain");
        assertThat(failureOf(green.hash()).kind()).isEqualTo(Kind.INVALID);
        assertThat(failureOf(green.hash()).message()).contains("line 1").doesNotContain("plain");
        assertThat(shop.deployments().active()).contains(blue);
    }

    @Test
    void statistics_begin_anew() throws Exception {
        var before = shop.stats.snapshot().times().get("switch");
        shop.serving("blue");

        assertThat(shop.stats.snapshot().times().get("switch")).isNotSameAs(before);
        assertThat(shop.stats.snapshot().sinceSwitch().requests()).isZero();
    }

    @Test
    void what_was_not_launched_is_not_switched_to() throws Exception {
        var failure = failureOf(new ConfigHash("0123456789abcdef0123456789abcdef"));

        assertThat(failure)
                .isEqualTo(Failure.of(
                        Kind.NOT_CONFIRMED,
                        "there is no container of configuration 01234567 here; POST its hash to /launch first"));
    }

    @Test
    void what_is_still_launching_is_not_switched_to() throws Exception {
        var pull = shop.engine.holds("pull");
        var config = shop.config("blue");
        shop.deployments().beginLaunch(config.hash());

        assertThat(failureOf(config.hash()).message())
                .contains("is still launching; switch when its launch has succeeded");
        pull.complete(null);
        shop.awaitEvent(EventType.CONFIRMED, e -> true);
    }

    @Test
    void what_failed_is_not_switched_to_and_why_it_failed_is_reported_again() throws Exception {
        shop.engine.fails("pull", EngineException.Kind.PULL_FAILED, "cannot pull it");
        var config = shop.config("blue");
        catchThrowableOfType(DeploymentException.class, () -> shop.deployments().launch(config.hash()));

        assertThat(failureOf(config.hash()).message())
                .contains("revision blue")
                .endsWith("failed to launch: cannot pull it");
    }

    @Test
    void what_is_being_removed_is_not_switched_to() throws Exception {
        var blue = shop.launched("blue");
        var stop = shop.engine.holds("stop");
        shop.deployments().discard(blue.hash());
        shop.engine.isHeld("stop").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);

        assertThat(failureOf(blue.hash()).message()).contains("is being removed; launch it again");
        stop.complete(null);
        shop.awaitState(blue, "gone");
        assertThat(failureOf(blue.hash()).message()).contains("POST its hash to /launch first");
    }

    @Test
    void one_more_probe_must_be_good() throws Exception {
        var blue = shop.serving("blue");
        var green = shop.launched("green");
        shop.probe.responds(new ProbeResult.Refused());

        var failure = failureOf(green.hash());

        assertThat(failure.kind()).isEqualTo(Kind.NOT_CONFIRMED);
        assertThat(failure.message()).contains("is not healthy now: GET /up was refused: nothing listens there");
        assertThat(shop.deployments().active()).contains(blue);
        assertThat(shop.state(green)).isEqualTo("healthy");
    }

    @Test
    void a_container_that_has_died_is_not_switched_to() throws Exception {
        var green = shop.launched("green");
        shop.engine.ends(container(green), 1);

        assertThat(failureOf(green.hash()).message()).contains("does not run; launch it again");
    }

    @Test
    void what_serves_already_is_probed_and_nothing_else() throws Exception {
        var blue = shop.serving("blue");
        shop.engine.forgetCalls();

        assertThat(shop.deployments().switchTo(blue.hash(), () -> {})).isEqualTo(blue);
        assertThat(shop.messages(EventType.SWITCHED)).hasSize(1);
        assertThat(shop.engine.calls()).contains("find " + container(blue));
        assertThat(shop.engine.calls("start") + shop.engine.calls("stop")).isZero();
    }

    @Test
    void what_still_drains_serves_again_and_is_not_removed() throws Exception {
        var blue = shop.serving("blue");
        var lease = shop.backends.acquire();
        var green = shop.serving("green");

        shop.deployments().switchTo(blue.hash(), () -> {});
        lease.release();

        shop.awaitState(green, "gone");
        assertThat(shop.state(blue)).isEqualTo("active");
        assertThat(shop.engine.named("blue").running()).isTrue();
    }

    @Test
    void what_was_launched_before_and_never_served_goes_too_but_not_what_came_after() throws Exception {
        var first = shop.launched("first");
        var second = shop.launched("second");
        var third = shop.launched("third");

        shop.deployments().switchTo(second.hash(), () -> {});

        shop.awaitState(first, "gone");
        assertThat(shop.state(third)).isEqualTo("healthy");
    }

    @Test
    void a_container_that_has_got_another_address_serves_from_there() throws Exception {
        var green = shop.launched("green");
        shop.engine.moves(container(green), "10.9.9.9");

        shop.deployments().switchTo(green.hash(), () -> {});

        assertThat(shop.backends.current().orElseThrow().host()).isEqualTo("10.9.9.9");
    }

    @Test
    void an_engine_that_is_away_does_not_keep_what_is_healthy_from_serving() throws Exception {
        var green = shop.launched("green");
        shop.engine.isDown();

        shop.deployments().switchTo(green.hash(), () -> {});

        assertThat(shop.backends.current().orElseThrow().host()).isEqualTo("10.0.0.1");
    }

    @Test
    void who_is_not_permitted_changes_nothing() throws Exception {
        var green = shop.launched("green");
        var superseded = new DeploymentException(Kind.SUPERSEDED, "a later one was here");

        var failure = catchThrowableOfType(
                DeploymentException.class, () -> shop.deployments().switchTo(green.hash(), () -> {
                    throw superseded;
                }));

        assertThat(failure).isSameAs(superseded);
        assertThat(shop.backends.current()).isEmpty();
    }

    @Test
    void a_permit_is_asked_for_only_when_the_switch_before_has_ended() throws Exception {
        var blue = shop.launched("blue");
        var green = shop.launched("green");
        var look = shop.engine.holds("find");
        var first = meanwhile(() -> shop.deployments().switchTo(blue.hash(), () -> {}));
        shop.engine.isHeld("find").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        var second = meanwhile(() -> shop.deployments()
                .switchTo(green.hash(), () -> assertThat(shop.deployments().active())
                        .map(Deployment::hash)
                        .contains(blue.hash())));
        look.complete(null);

        assertThat(first.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS).revision())
                .isEqualTo("blue");
        assertThat(second.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS).revision())
                .isEqualTo("green");
    }

    @Test
    void nothing_is_switched_while_the_journal_can_not_be_written() throws Exception {
        var blue = shop.serving("blue");
        var green = shop.launched("green");
        var journal = directory.resolve("state/journal.json");
        Files.delete(journal);
        Files.createDirectories(journal.resolve("in-the-way"));

        assertThat(failureOf(green.hash()).kind()).isEqualTo(Kind.STATE_UNWRITABLE);
        assertThat(shop.deployments().active()).contains(blue);
        assertThat(shop.backends.current().orElseThrow().id()).isEqualTo(container(blue));
    }

    @Test
    void the_journal_knows_it_before_the_proxy_does() throws Exception {
        var blue = shop.launched("blue");
        shop.deployments().switchTo(blue.hash(), () -> {});

        // An agent that dies right after the switch finds in its journal what serves.
        shop.restart();

        assertThat(shop.journal.active().map(Deployment::hash)).contains(blue.hash());
        assertThat(shop.messages(EventType.SWITCHED)).isEqualTo(List.of());
    }

    private Failure failureOf(ConfigHash hash) {
        return catchThrowableOfType(
                        DeploymentException.class, () -> shop.deployments().switchTo(hash, () -> {}))
                .failure();
    }
}
