package io.wunderproxy.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.Promotions.Snapshot;
import io.wunderproxy.rollout.HostRollout.Result;
import io.wunderproxy.rollout.RolloutException.Kind;
import io.wunderproxy.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import org.assertj.core.api.AbstractObjectAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One host that is deployed to, and where that may end. */
class HostRolloutTest {

    private static final LaunchConfig GREEN = TestFleet.config("green");
    private static final String GREEN_HASH = GREEN.hash().value();

    @TempDir
    Path directory;

    private TestFleet fleet;
    private FakeManager host;
    private LaunchConfig blue;
    private String blueHash;

    @BeforeEach
    void the_host_serves_what_is_promoted() throws Exception {
        fleet = new TestFleet(directory);
        blue = fleet.promoted("blue");
        blueHash = blue.hash().value();
        host = fleet.hosts(1, blue).host(1);
    }

    private HostRollout rollout() {
        return new HostRollout(
                host,
                fleet.store,
                fleet.store.promotions(fleet.time.clock()),
                () -> TestFleet.ANN,
                fleet.heard,
                fleet.time);
    }

    /** What the command does: a promotion that was broken off is completed first. */
    private Snapshot base() throws Exception {
        return fleet.store.promotions(fleet.time.clock()).readRepaired(fleet.heard::step);
    }

    private Result deploy(LaunchConfig config) throws Exception {
        return rollout().run(base(), config);
    }

    private AbstractObjectAssert<?, RolloutException> deploymentFails(Kind kind) {
        return assertThatThrownBy(() -> deploy(GREEN))
                .asInstanceOf(type(RolloutException.class))
                .returns(kind, RolloutException::kind);
    }

    /** Ends the program before the next call of this name. */
    private void killedBefore(String call) {
        host.before(call, () -> {
            throw new IllegalStateException("killed");
        });
        assertThatThrownBy(() -> deploy(GREEN)).hasMessage("killed");
    }

    private void promote(String revision) {
        try {
            fleet.promoted(revision);
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void it_is_stored_launched_switched_to_and_promoted() throws Exception {
        var result = deploy(GREEN);

        assertThat(result).isEqualTo(new Result("started container-2", TestFleet.ANN, true));
        assertThat(host.calls()).containsExactly("launch " + GREEN_HASH, "switch " + GREEN_HASH);
        assertThat(fleet.current()).contains(GREEN.hash());
        assertThat(fleet.heard.lines)
                .containsExactly(
                        "stored revision green as " + fleet.store.locate(GREEN.hash()),
                        "started container-2",
                        "switched to container-2",
                        "promoted revision green to " + fleet.store.locateCurrent());
    }

    @Test
    void the_same_again_changes_nothing() throws Exception {
        deploy(GREEN);
        var said = fleet.heard.lines.size();

        assertThat(deploy(GREEN).changed()).isFalse();
        assertThat(fleet.heard.lines.subList(said, fleet.heard.lines.size()))
                .noneMatch(line -> line.startsWith("promoted"));
    }

    // ---- fields that an older agent does not know ----

    @Test
    void a_field_that_the_host_does_not_know_is_reported_before_anything_is_stored() throws Exception {
        host.knows("1.1.0", "ContainerConfig", "Revision");

        deploymentFails(Kind.INVALID)
                .hasToString("io.wunderproxy.rollout.RolloutException: nothing was stored or changed: http://web1:8001"
                        + " (version 1.1.0) does not know HealthCheckPath of launch configurations; upgrade the agent"
                        + " there, or leave that out of the configuration");

        assertThat(fleet.store.find(GREEN.hash())).isEmpty();
        assertThat(fleet.current()).contains(blue.hash());
        assertThat(host.calls()).isEmpty();
    }

    @Test
    void an_agent_that_is_too_old_to_tell_is_taken_to_know_what_the_last_of_them_knew() throws Exception {
        host.saysNothingOfItself();

        assertThat(deploy(GREEN).changed()).isTrue();
    }

    // ---- where it may be killed ----

    @Test
    void killed_after_the_store_nothing_refers_to_the_configuration() throws Exception {
        killedBefore("launch");

        assertThat(fleet.store.find(GREEN.hash())).isPresent();
        assertThat(fleet.current()).contains(blue.hash());
        assertThat(host.active()).isEqualTo(blueHash);
        assertThat(deploy(GREEN).changed()).isTrue();
    }

    @Test
    void killed_after_the_launch_the_next_switch_removes_its_container() throws Exception {
        killedBefore("switch");
        assertThat(host.deployed()).containsExactlyInAnyOrder(blueHash, GREEN_HASH);
        assertThat(fleet.current()).contains(blue.hash());

        var red = TestFleet.config("red");
        deploy(red);

        assertThat(host.deployed()).containsExactly(red.hash().value());
    }

    @Test
    void killed_after_the_switch_the_same_again_finds_its_container_serving_and_promotes_it() throws Exception {
        fleet.objects.beforeWrite(key -> {
            if (key.equals("history.json")) {
                throw new IllegalStateException("killed");
            }
        });
        assertThatThrownBy(() -> deploy(GREEN)).hasMessage("killed");
        assertThat(host.active()).as("drift").isEqualTo(GREEN_HASH);
        assertThat(fleet.current()).contains(blue.hash());
        fleet.objects.beforeWrite(key -> {});

        var again = deploy(GREEN);

        assertThat(again.changed()).isTrue();
        assertThat(host.status().active().orElseThrow().container()).contains("container-2");
        assertThat(fleet.current()).contains(GREEN.hash());
    }

    @Test
    void killed_between_the_two_writes_of_the_promotion_the_next_deployment_completes_it() throws Exception {
        fleet.objects.afterWrite(key -> {
            if (key.equals("history.json")) {
                throw new IllegalStateException("killed");
            }
        });
        assertThatThrownBy(() -> deploy(GREEN)).hasMessage("killed");
        fleet.objects.afterWrite(key -> {});

        deploy(TestFleet.config("red"));

        assertThat(fleet.heard.lines).anyMatch(line -> line.startsWith("completed the promotion of revision green"));
        assertThat(fleet.store.promotions(fleet.time.clock()).read().history().entries().stream()
                        .map(entry -> entry.revision()))
                .containsExactly("blue", "green", "red");
    }

    // ---- what fails ----

    @Test
    void a_token_that_is_refused_is_found_out_before_anything_is_stored() throws Exception {
        host.refusesToken();

        assertThatThrownBy(() -> deploy(GREEN))
                .asInstanceOf(type(ManagerException.class))
                .returns(ManagerException.Kind.NOT_ALLOWED, ManagerException::kind);
        assertThat(fleet.store.find(GREEN.hash())).isEmpty();
    }

    @Test
    void what_does_not_get_healthy_is_not_switched_to() throws Exception {
        host.failsToLaunch(GREEN_HASH, "exited with 1");

        assertThatThrownBy(() -> deploy(GREEN))
                .isInstanceOf(ManagerException.class)
                .hasMessage("exited with 1");

        assertThat(host.active()).isEqualTo(blueHash);
        assertThat(fleet.current()).contains(blue.hash());
    }

    @Test
    void who_is_overtaken_during_the_launch_switches_nothing() {
        host.before("launch", () -> promote("other"));

        deploymentFails(Kind.CONFLICT)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("ann@host promoted revision other")
                .endsWith("yours is neither switched to nor promoted: look at it, then deploy again");

        assertThat(host.active()).isEqualTo(blueHash);
    }

    @Test
    void who_is_overtaken_after_the_switch_puts_the_host_on_what_is_promoted() {
        host.before("switch", () -> promote("other"));

        deploymentFails(Kind.CONFLICT)
                .extracting(Throwable::getMessage)
                .asString()
                .endsWith("; yours is not promoted, and the host serves what is promoted");

        assertThat(host.active()).isEqualTo(TestFleet.config("other").hash().value());
    }

    @Test
    void who_is_overtaken_and_can_not_put_the_host_right_says_so() {
        host.before("switch", () -> {
            promote("other");
            host.failsToLaunch(TestFleet.config("other").hash().value(), "exited with 1");
        });

        deploymentFails(Kind.CONFLICT)
                .extracting(Throwable::getMessage)
                .asString()
                .endsWith("and the host could not be put on what is promoted: exited with 1");

        assertThat(fleet.heard.lines).contains("! the host could not be put on what is promoted: exited with 1");
    }

    @Test
    void what_another_switch_has_removed_is_launched_once_more() throws Exception {
        host.before("switch", () -> {
            var other = TestFleet.config("other").hash().value();
            host.launch(other);
            host.switchTo(other);
        });

        assertThat(deploy(GREEN).changed()).isTrue();

        assertThat(host.active()).isEqualTo(GREEN_HASH);
        assertThat(host.calls().stream().filter(("launch " + GREEN_HASH)::equals))
                .hasSize(2);
    }

    @Test
    void a_switch_that_is_refused_without_anybody_else_is_not_tried_again() {
        host.refuses("switch", ManagerException.Kind.NOT_HEALTHY, "the container has died");

        assertThatThrownBy(() -> deploy(GREEN)).hasMessage("the container has died");

        assertThat(host.active()).isEqualTo(blueHash);
        assertThat(host.calls()).containsExactly("launch " + GREEN_HASH);
    }

    @Test
    void a_store_that_refuses_the_promotion_makes_the_host_go_back() throws Exception {
        fleet.objects.beforeWrite(key -> {
            if (key.equals("history.json")) {
                throw new StoreException("cannot write history.json");
            }
        });

        deploymentFails(Kind.STORE)
                .returns(
                        "cannot write history.json; it is not promoted, and the host serves again what it served"
                                + " before",
                        Throwable::getMessage);

        assertThat(host.active()).isEqualTo(blueHash);
    }

    @Test
    void a_host_that_served_nothing_before_has_nothing_to_go_back_to() {
        host.servesNothing();
        fleet.objects.beforeWrite(key -> {
            if (key.equals("history.json")) {
                throw new StoreException("cannot write history.json");
            }
        });

        deploymentFails(Kind.STORE)
                .extracting(Throwable::getMessage)
                .asString()
                .endsWith("it is not promoted, and the host still serves it; deploy it again once that is fixed");
    }

    @Test
    void a_promotion_whose_response_is_lost_is_one() throws Exception {
        fleet.losesTheResponseOfThePromotion();

        assertThat(deploy(GREEN).changed()).isTrue();
        assertThat(host.active()).isEqualTo(GREEN_HASH);
    }

    @Test
    void when_it_is_unknown_whether_it_is_promoted_the_host_serves_it() {
        fleet.losesTheStoreAtThePromotion();

        deploymentFails(Kind.STORE)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("the connection broke; the host serves it, and whether it is promoted is unknown");

        assertThat(host.active()).isEqualTo(GREEN_HASH);
    }

    // ---- the old container ----

    @Test
    void the_old_container_is_waited_for_until_it_is_gone() throws Exception {
        deploy(GREEN);
        host.drains(blueHash);
        fleet.time.at(Duration.ofSeconds(3), () -> host.discard(blueHash));

        rollout().awaitDrained(Duration.ofMinutes(1));

        assertThat(fleet.time.passed()).isBetween(Duration.ofSeconds(3), Duration.ofSeconds(4));
    }

    @Test
    void an_old_container_that_stays_is_waited_for_no_longer_than_was_said() throws Exception {
        deploy(GREEN);
        host.drains(blueHash);

        assertThatThrownBy(() -> rollout().awaitDrained(Duration.ofMinutes(1)))
                .asInstanceOf(type(RolloutException.class))
                .returns(Kind.FAILED, RolloutException::kind)
                .returns("deployed, but the old container is not gone within --timeout", Throwable::getMessage);
        assertThat(fleet.time.passed()).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(61));
    }
}
