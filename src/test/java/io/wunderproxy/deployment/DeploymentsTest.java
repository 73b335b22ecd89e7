package io.wunderproxy.deployment;

import static io.wunderproxy.deployment.TestApplication.container;
import static io.wunderproxy.deployment.TestApplication.meanwhile;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.wunderproxy.container.EngineException;
import io.wunderproxy.deployment.Failure.Kind;
import io.wunderproxy.events.EventType;
import io.wunderproxy.health.ProbeResult;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.testkit.Patience;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeploymentsTest {

    private static final ConfigHash NOBODYS = new ConfigHash("0123456789abcdef0123456789abcdef");

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
    void deployments_are_listed_in_the_order_of_their_launches() throws Exception {
        shop.launched("blue");
        shop.serving("green");

        assertThat(shop.deployments().all()).extracting(Deployment::revision).containsExactly("blue", "green");
    }

    @Test
    void what_this_host_does_not_know_is_refused_as_such() {
        assertThat(failureOf(() -> shop.deployments().find(NOBODYS)))
                .isEqualTo(Failure.of(
                        Kind.UNKNOWN, "this host knows no deployment of configuration 01234567; see GET /deployments"));
    }

    @Test
    void calls_of_a_starting_agent_wait_until_it_knows_what_runs() throws Exception {
        var blue = shop.launched("blue");
        shop.restart();
        var switched = meanwhile(() -> shop.deployments().switchTo(blue.hash(), () -> {}));
        shop.time.awaitWait(Duration.ofSeconds(10));
        assertThat(switched).isNotDone();
        shop.recover();

        assertThat(switched.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS).hash())
                .isEqualTo(blue.hash());
    }

    @Test
    void calls_of_a_starting_agent_do_not_wait_forever() throws Exception {
        var blue = shop.launched("blue");
        shop.restart();
        for (var call : List.<Callable<Deployment>>of(
                () -> shop.deployments().launch(blue.hash()),
                () -> shop.deployments().beginLaunch(blue.hash()),
                () -> shop.deployments().switchTo(blue.hash(), () -> {}),
                () -> shop.deployments().discard(blue.hash()))) {
            var waiting = meanwhile(call);
            shop.time.awaitWait(Duration.ofSeconds(10));
            shop.time.pass(Duration.ofSeconds(10));

            assertThatThrownBy(() -> waiting.get(Patience.SOON.toSeconds(), TimeUnit.SECONDS))
                    .isInstanceOf(ExecutionException.class)
                    .hasMessageContaining("the agent has just started and waits for Docker to tell what runs here");
        }
    }

    @Test
    void what_was_launched_and_not_switched_to_can_be_discarded() throws Exception {
        var blue = shop.launched("blue");

        shop.deployments().discard(blue.hash());

        shop.awaitState(blue, "gone");
        assertThat(shop.engine.all()).isEmpty();
        assertThat(shop.deployments().discard(blue.hash()).state()).as("again").isEqualTo(new DeploymentState.Gone());
    }

    @Test
    void what_serves_can_not_be_discarded() throws Exception {
        var blue = shop.serving("blue");

        assertThat(failureOf(() -> shop.deployments().discard(blue.hash())).message())
                .endsWith("serves; switch to another first, which removes it");
        assertThat(shop.engine.named("blue").running()).isTrue();
    }

    @Test
    void what_is_launching_can_not_be_discarded() throws Exception {
        var pull = shop.engine.holds("pull");
        var config = shop.config("blue");
        shop.deployments().beginLaunch(config.hash());

        assertThat(failureOf(() -> shop.deployments().discard(config.hash())).message())
                .endsWith("is still launching; try again when that has ended");
        pull.complete(null);
        shop.awaitEvent(EventType.CONFIRMED, e -> true);
    }

    @Test
    void leases_are_the_requests_that_a_deployment_serves_now() throws Exception {
        var blue = shop.serving("blue");
        assertThat(shop.deployments().leases(blue)).isZero();
        var lease = shop.backends.acquire();
        assertThat(shop.deployments().leases(blue)).isOne();
        lease.release();
        assertThat(shop.deployments().leases(blue)).isZero();
    }

    @Test
    void a_log_is_what_the_container_has_written_without_its_secrets() throws Exception {
        shop.restartWith("KEY=very-secret-key");
        var blue = shop.launched("blue");
        shop.engine.writes(container(blue), "began", "key is very-secret-key");

        assertThat(log(blue, 100)).containsExactly("began", "key is [masked]");
    }

    @Test
    void of_a_failed_launch_the_last_lines_are_left() throws Exception {
        var config = shop.config("blue");
        shop.probe.responds(at -> {
            var id = shop.engine.named("blue").id();
            shop.engine.writes(id, "one", "two", "three");
            shop.engine.ends(id, 1);
            return new ProbeResult.Refused();
        });
        assertThat(failureOf(() -> shop.deployments().launch(config.hash())).output())
                .containsExactly("one", "two", "three");

        assertThat(log(shop.deployments().find(config.hash()), 2)).containsExactly("two", "three");
    }

    @Test
    void the_log_of_a_container_that_is_launching_can_be_read() throws Exception {
        var config = shop.config("blue");
        var start = shop.engine.holds("start");
        var begun = shop.deployments().beginLaunch(config.hash());
        shop.engine.isHeld("start").get(Patience.SOON.toSeconds(), TimeUnit.SECONDS);
        shop.engine.writes(shop.engine.named("blue").id(), "hello");

        assertThat(log(begun, 10)).containsExactly("hello");
        start.complete(null);
        shop.awaitEvent(EventType.CONFIRMED, e -> true);
    }

    @Test
    void what_has_gone_has_no_log() throws Exception {
        var blue = shop.launched("blue");
        shop.deployments().discard(blue.hash());
        shop.awaitState(blue, "gone");

        assertThat(failureOf(() -> shop.deployments().log(blue.hash())))
                .isEqualTo(Failure.of(
                        Kind.UNKNOWN,
                        "revision blue (" + blue.hash().abbreviated() + ") has no container (gone), so no log"));
    }

    @Test
    void an_engine_that_refuses_is_reported_by_its_own_words() throws Exception {
        var blue = shop.launched("blue");
        shop.engine.fails("find", EngineException.Kind.REFUSED, "it is broken");

        assertThat(failureOf(() -> shop.deployments().switchTo(blue.hash(), () -> {})))
                .isEqualTo(Failure.of(Kind.ENGINE_REFUSED, "it is broken"));
        assertThat(failureOf(() -> shop.deployments().log(blue.hash())).kind()).isEqualTo(Kind.ENGINE_REFUSED);
    }

    private List<String> log(Deployment deployment, int tail) throws Exception {
        var lines = new ArrayList<String>();
        shop.deployments().log(deployment.hash()).read(tail, false, lines::add);
        return lines;
    }

    private static Failure failureOf(ThrowingCallable call) {
        return catchThrowableOfType(DeploymentException.class, call).failure();
    }
}
