package io.wunderproxy.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.type;

import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.FakeManager.Behaviour;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.fleet.FleetException;
import io.wunderproxy.fleet.HostOutcome;
import io.wunderproxy.fleet.HostOutcome.State;
import io.wunderproxy.fleet.LockedException;
import io.wunderproxy.fleet.Rollout.Phase;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.rollout.FleetSession.Outcome;
import io.wunderproxy.rollout.RolloutException.Kind;
import io.wunderproxy.store.StoreException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.assertj.core.api.AbstractObjectAssert;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Five hosts in memory, and everything that can happen while they are deployed to. */
class FleetRolloutTest {

    private static final LaunchConfig GREEN = TestFleet.config("green");
    private static final String GREEN_HASH = GREEN.hash().value();
    private static final int NEVER = 1_000_000;

    @TempDir
    Path directory;

    private TestFleet fleet;
    private LaunchConfig blue;
    private String blueHash;

    @BeforeEach
    void all_hosts_serve_what_is_promoted() throws Exception {
        fleet = new TestFleet(directory);
        blue = fleet.promoted("blue");
        blueHash = blue.hash().value();
        fleet.hosts(5, blue);
    }

    private void policy(String quorum, String batch, Duration bake) {
        fleet.policy = new RolloutPolicy(Share.parse(quorum), Share.parse(batch), bake, 0.01, 3, Duration.ofMinutes(1));
    }

    private AbstractObjectAssert<?, RolloutException> deploymentFails(Kind kind) {
        return assertThatThrownBy(() -> fleet.deploy(GREEN))
                .asInstanceOf(type(RolloutException.class))
                .returns(kind, RolloutException::kind);
    }

    private void assertAllServe(String hash) {
        assertThat(fleet.serving()).isEqualTo(Collections.nCopies(fleet.hosts.size(), hash));
    }

    private void assertNothingIsLeftOf(String hash) {
        assertThat(fleet.hosts.values())
                .allSatisfy(host -> assertThat(host.deployed()).doesNotContain(hash));
    }

    private List<State> outcomes() {
        return fleet.records.last().hosts().stream().map(HostOutcome::state).toList();
    }

    // ---- all is well ----

    @Test
    void it_is_launched_everywhere_before_it_is_switched_to_and_promoted_at_the_end() throws Exception {
        var launchedWhenTheFirstSwitched = new int[1];
        fleet.host(1)
                .before(
                        "switch",
                        () -> launchedWhenTheFirstSwitched[0] = (int) fleet.hosts.values().stream()
                                .filter(host -> host.deployed().contains(GREEN_HASH))
                                .count());

        var result = fleet.deploy(GREEN);

        assertThat(result).isEqualTo(new FleetSession.Result(Outcome.DEPLOYED, "green", GREEN.hash(), 5));
        assertThat(launchedWhenTheFirstSwitched[0]).isEqualTo(5);
        assertAllServe(GREEN_HASH);
        assertThat(fleet.current()).contains(GREEN.hash());
        assertThat(fleet.store
                        .promotions(fleet.time.clock())
                        .read()
                        .history()
                        .last()
                        .orElseThrow()
                        .deployedBy())
                .isEqualTo(TestFleet.ANN);
        assertThat(fleet.heard.lines)
                .containsSubsequence(
                        "deploying revision green (" + GREEN.hash().abbreviated() + ") to 5 hosts",
                        "healthy on 5 of 5 hosts",
                        "switched 2 of 5 hosts",
                        "switched 4 of 5 hosts",
                        "switched 5 of 5 hosts",
                        "promoted revision green");
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.DONE);
        assertThat(fleet.records.last().previousHash()).isEqualTo(blueHash);
        assertThat(outcomes()).containsOnly(State.SWITCHED);
        assertThat(fleet.records.holder()).as("the lock is released").isEmpty();
    }

    @Test
    void each_batch_is_watched_for_the_bake_time_before_the_next_is_switched() throws Exception {
        policy("100%", "2", Duration.ofSeconds(10));
        var switchedAt = new Duration[6];
        IntStream.rangeClosed(1, 5)
                .forEach(n -> fleet.host(n).before("switch", () -> switchedAt[n] = fleet.time.passed()));

        fleet.deploy(GREEN);

        assertThat(switchedAt[1]).isEqualTo(switchedAt[2]);
        assertThat(switchedAt[3]).isEqualTo(switchedAt[4]);
        assertThat(switchedAt[3].minus(switchedAt[1])).isEqualTo(Duration.ofSeconds(10));
        assertThat(switchedAt[5].minus(switchedAt[3])).isEqualTo(Duration.ofSeconds(10));
        assertThat(fleet.time.passed().minus(switchedAt[5])).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void the_same_again_changes_nothing() throws Exception {
        fleet.deploy(GREEN);

        var again = fleet.deploy(GREEN);

        assertThat(again.outcome()).isEqualTo(Outcome.NOTHING_CHANGED);
        assertThat(fleet.heard.lines.stream().filter("promoted revision green"::equals))
                .hasSize(1);
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.DONE);
    }

    @Test
    void calls_carry_the_number_of_the_lock() throws Exception {
        fleet.records.take("");
        fleet.records.take("");

        fleet.deploy(GREEN);

        assertThat(fleet.hosts.values()).allSatisfy(host -> assertThat(host.fence())
                .isEqualTo(fleet.records.last().number())
                .isEqualTo(3));
    }

    @Test
    void a_list_of_hosts_needs_no_table_and_says_what_that_means() throws Exception {
        var result = fleet.session(Optional.empty()).deploy("deploy", (store, base) -> GREEN);

        assertThat(result.outcome()).isEqualTo(Outcome.DEPLOYED);
        assertThat(fleet.heard.lines.getFirst()).startsWith("! without --table nothing keeps somebody else");
        assertAllServe(GREEN_HASH);
    }

    // ---- before anything is switched ----

    @Test
    void a_token_that_is_refused_is_found_out_before_anything_is_stored() throws Exception {
        fleet.host(3).refusesToken();

        deploymentFails(Kind.NOT_ALLOWED)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("nothing was changed: 1 of 5 hosts refuse the token; web3: ");

        assertThat(fleet.store.find(GREEN.hash())).isEmpty();
        assertThat(fleet.hosts.values())
                .allSatisfy(host -> assertThat(host.calls()).isEmpty());
    }

    @Test
    void what_is_not_healthy_on_one_host_is_switched_to_on_none() throws Exception {
        fleet.host(3).failsToLaunch(GREEN_HASH, "exited with 1");
        fleet.host(3).logs(GREEN_HASH, "no such table: orders");

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .isEqualTo("nothing was switched: 4 of 5 hosts can serve it, and --quorum asks for 5: web3: exited with"
                        + " 1; its last log lines:\n"
                        + "  no such table: orders");

        assertAllServe(blueHash);
        assertNothingIsLeftOf(GREEN_HASH);
        assertThat(fleet.current()).contains(blue.hash());
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.FAILED);
        assertThat(outcomes())
                .containsExactly(
                        State.ROLLED_BACK, State.ROLLED_BACK, State.FAILED, State.ROLLED_BACK, State.ROLLED_BACK);
    }

    @Test
    void a_launch_that_takes_too_long_fails_in_time() {
        fleet.host(2).isSlowToLaunch(GREEN_HASH, NEVER);

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("web2: not healthy within --timeout");

        assertThat(fleet.time.passed()).isBetween(Duration.ofSeconds(60), Duration.ofSeconds(62));
        assertAllServe(blueHash);
    }

    @Test
    void a_quorum_lets_a_deployment_pass_by_hosts_that_can_not_serve_it() throws Exception {
        policy("60%", "2", Duration.ofSeconds(10));
        fleet.host(2).failsToLaunch(GREEN_HASH, "exited with 1");
        fleet.host(4).isReachable(false);

        var result = fleet.deploy(GREEN);

        assertThat(result.outcome()).isEqualTo(Outcome.DEPLOYED);
        assertThat(fleet.serving()).containsExactly(GREEN_HASH, blueHash, GREEN_HASH, blueHash, GREEN_HASH);
        assertThat(fleet.heard.lines)
                .contains("healthy on 3 of 5 hosts")
                .anyMatch(line -> line.startsWith("! 2 of 5 hosts do not serve it: web2: exited with 1; web4: cannot"));
        assertThat(fleet.records.last().message()).isEqualTo("without web2, web4");
    }

    @Test
    void one_host_less_than_the_quorum_is_too_few() {
        policy("80%", "2", Duration.ofSeconds(10));
        fleet.host(2).failsToLaunch(GREEN_HASH, "exited with 1");
        fleet.host(4).failsToLaunch(GREEN_HASH, "exited with 1");

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("nothing was switched: 3 of 5 hosts can serve it, and --quorum asks for 4");
    }

    @Test
    void a_field_that_a_host_does_not_know_ends_it_before_anything_is_stored_whatever_the_quorum() throws Exception {
        policy("20%", "2", Duration.ofSeconds(10));
        fleet.host(2).knows("1.1.0", "ContainerConfig", "Revision");
        fleet.host(4).knows("", "Revision");

        deploymentFails(Kind.INVALID)
                .extracting(Throwable::getMessage)
                .isEqualTo("nothing was stored or changed: web2 (version 1.1.0) does not know HealthCheckPath of launch"
                        + " configurations; web4 (too old to tell its version) does not know ContainerConfig,"
                        + " HealthCheckPath of launch configurations; upgrade the agent there, or leave that out of the"
                        + " configuration");

        assertThat(fleet.store.find(GREEN.hash())).isEmpty();
        assertThat(fleet.hosts.values())
                .allSatisfy(host -> assertThat(host.calls()).isEmpty());
        assertAllServe(blueHash);
    }

    @Test
    void of_many_hosts_that_do_not_know_a_field_five_are_named() {
        for (var i = 1; i <= 7; i++) {
            fleet.add("old" + i).knows("1.1.0", "ContainerConfig", "Revision");
        }

        deploymentFails(Kind.INVALID)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("old5 (version 1.1.0)", "; and so do 2 more hosts; upgrade")
                .doesNotContain("old6", "old7");
    }

    @Test
    void a_host_that_does_not_respond_has_not_said_what_it_knows() throws Exception {
        policy("60%", "2", Duration.ofSeconds(10));
        fleet.host(2).knows("1.1.0", "ContainerConfig", "Revision");
        fleet.host(2).isReachable(false);

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
    }

    // ---- while it is switched ----

    @Test
    void what_returns_errors_is_switched_back_everywhere() throws Exception {
        fleet.hosts.values().forEach(host -> {
            host.behaves(blueHash, new Behaviour(100, 0, 0.01, 0.02));
            host.behaves(GREEN_HASH, new Behaviour(100, 0, 0.01, 0.02));
        });
        fleet.host(3).behaves(GREEN_HASH, new Behaviour(100, 50, 0.01, 0.02));
        fleet.host(3).logs(GREEN_HASH, "NullPointerException");

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web3: errors since the switch: 100 requests, 50.00 % errors")
                .contains("its last log lines:\n  NullPointerException")
                .endsWith("all hosts serve again what they served before; nothing was promoted");

        assertAllServe(blueHash);
        assertNothingIsLeftOf(GREEN_HASH);
        assertThat(fleet.host(5).calls())
                .as("the third batch was never switched")
                .containsExactly("launch " + GREEN_HASH, "discard " + GREEN_HASH);
        assertThat(fleet.current()).contains(blue.hash());
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(outcomes()).containsOnly(State.ROLLED_BACK);
        assertThat(fleet.heard.lines)
                .anyMatch(line -> line.startsWith("! web3: errors since the switch") && line.endsWith("; going back"));
    }

    @Test
    void what_becomes_slow_is_switched_back_when_the_bake_is_over() {
        fleet.hosts.values().forEach(host -> {
            host.behaves(blueHash, new Behaviour(100, 0, 0.01, 0.1));
            host.behaves(GREEN_HASH, new Behaviour(100, 0, 0.01, 0.5));
        });

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web1: slower since the switch: ")
                .contains("; web2: slower since the switch: ");

        assertThat(fleet.time.passed()).isGreaterThanOrEqualTo(Duration.ofSeconds(10));
        assertAllServe(blueHash);
    }

    @Test
    void what_was_slow_before_may_be_slow() throws Exception {
        fleet.hosts.values().forEach(host -> {
            host.behaves(blueHash, new Behaviour(100, 10, 0.4, 0.5));
            host.behaves(GREEN_HASH, new Behaviour(100, 10, 0.4, 0.5));
        });

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
    }

    @Test
    void the_last_batch_is_compared_with_what_the_hosts_were_when_they_were_last_asked() {
        policy("100%", "4", Duration.ofSeconds(5));
        fleet.hosts.values().forEach(host -> host.behaves(blueHash, new Behaviour(100, 0, 0.01, 0.02)));
        fleet.host(5).behaves(GREEN_HASH, new Behaviour(100, 50, 0.01, 0.02));

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web5: errors since the switch")
                .contains("the hosts before theirs: ")
                .doesNotContain("theirs: 0 requests");
    }

    @Test
    void an_application_that_hangs_is_noticed_by_its_probes() {
        fleet.host(1).isUnhealthyWith(GREEN_HASH, "no response within 5 s");

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web1: it is unhealthy: no response within 5 s");

        assertAllServe(blueHash);
    }

    @Test
    void a_host_that_dies_is_waited_for_and_then_stops_it() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.host(1).isReachable(false));

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web1: cannot reach the manager at http://web1:8001")
                .contains("nothing was promoted, but web1 could not be switched back: cannot reach")
                .contains("'wunderproxy fleet rollback " + blue.hash().abbreviated() + "'");

        assertThat(fleet.serving()).containsExactly(GREEN_HASH, blueHash, blueHash, blueHash, blueHash);
        assertThat(fleet.time.passed())
                .as("15 s of patience, and a minute or so of trying to bring it back")
                .isBetween(Duration.ofSeconds(75), Duration.ofSeconds(120));
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.FAILED);
    }

    @Test
    void a_host_that_dies_and_comes_back_goes_back_with_the_others() {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.host(1).isReachable(false));
        fleet.time.at(Duration.ofSeconds(40), () -> fleet.host(1).isReachable(true));

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .endsWith("all hosts serve again what they served before; nothing was promoted");

        assertAllServe(blueHash);
    }

    @Test
    void a_host_that_is_silent_for_a_short_time_is_forgiven() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.host(1).isReachable(false));
        fleet.time.at(Duration.ofSeconds(16), () -> fleet.host(1).isReachable(true));

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
        assertAllServe(GREEN_HASH);
    }

    @Test
    void a_host_that_serves_nothing_any_more_is_not_waited_for_without_end() {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.host(1).servesNothing());

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web1: it serves nothing: starting");
    }

    @Test
    void a_host_that_somebody_else_switches_stops_it_and_keeps_what_it_got() {
        var other = TestFleet.config("other").hash().value();
        fleet.time.at(Duration.ofSeconds(4), () -> {
            fleet.host(1).launch(other);
            fleet.host(1).switchTo(other);
        });

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web1: it serves revision-" + other.substring(0, 4) + ": somebody else switched it");

        assertThat(fleet.serving()).containsExactly(other, blueHash, blueHash, blueHash, blueHash);
    }

    @Test
    void a_switch_whose_response_is_lost_has_been_done() throws Exception {
        fleet.host(2).losesResponseOf("switch");

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
        assertAllServe(GREEN_HASH);
    }

    @Test
    void a_switch_that_is_refused_leaves_too_few_hosts() {
        fleet.host(2).refuses("switch", ManagerException.Kind.NOT_HEALTHY, "the container has died");

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("web2: the container has died");

        assertAllServe(blueHash);
    }

    @Test
    void a_host_that_served_nothing_keeps_what_it_got() throws Exception {
        fleet.add("web0");
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.host(1).isUnhealthyWith(GREEN_HASH, "500"));

        deploymentFails(Kind.NOT_HEALTHY)
                .extracting(Throwable::getMessage)
                .asString()
                .contains("nothing was promoted, but web0 served nothing before and keeps serving this");

        assertThat(fleet.hosts.get("web0").active()).isEqualTo(GREEN_HASH);
        assertThat(fleet.host(1).active()).isEqualTo(blueHash);
    }

    // ---- the lock and the ledger ----

    @Test
    void the_second_of_two_operators_learns_who_was_first() {
        fleet.records.take("bob@host");

        assertThatThrownBy(() -> fleet.deploy(GREEN))
                .isInstanceOf(LockedException.class)
                .hasMessageContaining("bob@host");
        assertThat(fleet.hosts.values())
                .allSatisfy(host -> assertThat(host.calls()).isEmpty());
    }

    @Test
    void without_its_table_a_deployment_is_refused() {
        fleet.records.fail("cannot reach DynamoDB");

        deploymentFails(Kind.TABLE)
                .returns("a deployment needs its lock, and cannot reach DynamoDB", Throwable::getMessage)
                .extracting(Throwable::getCause)
                .isInstanceOf(FleetException.class);
    }

    @Test
    void a_lock_that_is_lost_stops_it_before_the_next_batch() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.records.take("bob@host"));

        deploymentFails(Kind.CONFLICT)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("the deploy lock is lost: it was taken by bob@host");

        assertThat(fleet.host(3).calls()).doesNotContain("switch " + GREEN_HASH);
        assertThat(fleet.current()).contains(blue.hash());
        assertThat(fleet.records.holder()).as("whose lock it is now").isEqualTo("bob@host");
    }

    @Test
    void a_lock_that_is_lost_in_the_last_bake_keeps_it_from_being_promoted() throws Exception {
        policy("100%", "5", Duration.ofSeconds(10));
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.records.take("bob@host"));

        deploymentFails(Kind.CONFLICT);

        assertThat(fleet.current()).contains(blue.hash());
    }

    @Test
    void a_ledger_that_fails_meanwhile_is_said_once_and_stops_nothing() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.records.fail("cannot write the ledger"));

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
        assertThat(fleet.heard.lines.stream().filter(line -> line.contains("the ledger is behind")))
                .containsExactly("! the ledger is behind from here on: cannot write the ledger");
    }

    // ---- the promotion ----

    @Test
    void who_is_overtaken_by_another_promotion_goes_back() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> {
            try {
                fleet.promoted("other");
            } catch (Exception e) {
                throw new AssertionError(e);
            }
        });

        deploymentFails(Kind.CONFLICT)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("ann@host promoted revision other")
                .endsWith("all hosts serve again what they served before; nothing was promoted");

        assertAllServe(blueHash);
        assertThat(fleet.current()).contains(TestFleet.config("other").hash());
    }

    @Test
    void a_store_that_refuses_the_promotion_makes_all_go_back() throws Exception {
        fleet.objects.beforeWrite(key -> {
            if (key.equals("history.json")) {
                throw new StoreException("cannot write history.json");
            }
        });

        deploymentFails(Kind.STORE)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("cannot write history.json\nall hosts serve again");

        assertAllServe(blueHash);
    }

    @Test
    void a_promotion_whose_response_is_lost_is_one() throws Exception {
        fleet.losesTheResponseOfThePromotion();

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
        assertThat(fleet.current()).contains(GREEN.hash());
        assertAllServe(GREEN_HASH);
    }

    @Test
    void when_it_is_unknown_whether_it_is_promoted_the_hosts_serve_it() {
        fleet.losesTheStoreAtThePromotion();

        deploymentFails(Kind.STORE)
                .extracting(Throwable::getMessage)
                .asString()
                .startsWith("the connection broke; the hosts serve it, and whether it is promoted is unknown");

        assertAllServe(GREEN_HASH);
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.PROMOTING);
    }

    // ---- those that join ----

    @Test
    void a_host_that_joins_meanwhile_is_brought_along() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> fleet.add("web6").serving(blueHash));

        var result = fleet.deploy(GREEN);

        assertThat(result.hosts()).as("those that were there when it began").isEqualTo(5);
        assertAllServe(GREEN_HASH);
        assertThat(fleet.heard.lines).contains("bringing hosts along that have joined: web6");
    }

    @Test
    void a_host_that_joins_and_can_not_serve_it_is_named_and_stops_nothing() throws Exception {
        fleet.time.at(Duration.ofSeconds(4), () -> {
            FakeManager joined = fleet.add("web6").serving(blueHash);
            joined.failsToLaunch(GREEN_HASH, "exited with 1");
        });

        assertThat(fleet.deploy(GREEN).outcome()).isEqualTo(Outcome.DEPLOYED);
        assertThat(fleet.heard.lines).contains("! 1 of 6 hosts do not serve it: web6: exited with 1");
        assertThat(fleet.records.last().message()).isEqualTo("without web6");
    }

    // ---- what was interrupted ----

    /** An operator who was killed: the lock has run out, and the ledger tells how far it came. */
    private void interruptedInTheSecondBatch() {
        var killed = new IllegalStateException("killed");
        fleet.host(4).before("switch", () -> {
            throw killed;
        });
        assertThatThrownBy(() -> fleet.deploy(GREEN)).isSameAs(killed);
        assertThat(fleet.serving()).containsExactly(GREEN_HASH, GREEN_HASH, GREEN_HASH, blueHash, blueHash);
    }

    @Test
    void nobody_passes_by_what_was_interrupted() {
        interruptedInTheSecondBatch();

        deploymentFails(Kind.CONFLICT)
                .returns(
                        "deployment 1 of revision green by ann@host (switching) was interrupted; 'wunderproxy fleet"
                                + " resume' continues it, 'wunderproxy fleet rollback' brings its hosts back",
                        Throwable::getMessage);
    }

    @Test
    void what_was_interrupted_can_be_resumed() throws Exception {
        interruptedInTheSecondBatch();

        var result = fleet.session().resume();

        assertThat(result.outcome()).isEqualTo(Outcome.DEPLOYED);
        assertAllServe(GREEN_HASH);
        assertThat(fleet.current()).contains(GREEN.hash());
        assertThatThrownBy(() -> fleet.session().resume())
                .asInstanceOf(type(RolloutException.class))
                .returns(Kind.NOT_FOUND, RolloutException::kind);
    }

    @Test
    void what_was_switched_before_a_resumption_goes_back_too_if_that_fails() {
        interruptedInTheSecondBatch();
        fleet.host(5).isReachable(false);

        assertThatThrownBy(() -> fleet.session().resume())
                .hasMessageContaining("4 of 5 hosts can serve it, and --quorum asks for 5: web5: cannot reach")
                .hasMessageEndingWith("all hosts serve again what they served before; nothing was promoted");

        assertAllServe(blueHash);
    }

    @Test
    void what_was_interrupted_can_be_undone() throws Exception {
        interruptedInTheSecondBatch();

        var result = fleet.session().rollBack(ConfigMaker.lastGood(), false);

        assertThat(result).isEqualTo(new FleetSession.Result(Outcome.ROLLED_BACK, "green", GREEN.hash(), 5));
        assertAllServe(blueHash);
        assertNothingIsLeftOf(GREEN_HASH);
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.ROLLED_BACK);
        assertThat(fleet.heard.lines)
                .contains("bringing back the hosts of deployment 1 of revision green by ann@host (switching)");
    }

    @Test
    void an_undoing_that_does_not_reach_all_hosts_can_be_tried_again() throws Exception {
        interruptedInTheSecondBatch();
        fleet.host(1).isReachable(false);

        assertThatThrownBy(() -> fleet.session().rollBack(ConfigMaker.lastGood(), false))
                .hasMessageStartingWith("not all hosts could be brought back: web1: cannot reach");
        assertThat(fleet.serving()).containsExactly(GREEN_HASH, blueHash, blueHash, blueHash, blueHash);
        assertThatThrownBy(() -> fleet.session().resume())
                .hasMessageContaining("was interrupted while it was going back");

        fleet.host(1).isReachable(true);
        fleet.session().rollBack(ConfigMaker.lastGood(), false);

        assertAllServe(blueHash);
    }

    @Test
    void a_rollback_that_was_interrupted_is_continued_and_not_undone() throws Exception {
        fleet.deploy(GREEN);
        fleet.host(4).before("switch", () -> {
            throw new IllegalStateException("killed");
        });
        assertThatThrownBy(() -> fleet.session().rollBack(ConfigMaker.lastGood(), false))
                .hasMessage("killed");

        fleet.session().rollBack(ConfigMaker.lastGood(), false);

        assertAllServe(blueHash);
        assertThat(fleet.current()).contains(blue.hash());
    }

    @Test
    void a_revision_that_is_named_is_deployed_whatever_was_interrupted() throws Exception {
        interruptedInTheSecondBatch();

        fleet.session().rollBack(ConfigMaker.stored(blue.hash()), true);

        assertAllServe(blueHash);
        assertThat(fleet.records.last().revision()).isEqualTo("blue");
        assertThat(fleet.records.last().phase()).isEqualTo(Phase.DONE);
    }

    @Test
    void nothing_can_be_gone_back_to_before_the_first_promotion() throws Exception {
        assertThatThrownBy(() -> fleet.session().rollBack(ConfigMaker.lastGood(), false))
                .asInstanceOf(type(RolloutException.class))
                .returns(Kind.NOT_FOUND, RolloutException::kind)
                .returns(
                        "the history has nothing before this; name a revision, see 'wunderproxy history'",
                        Throwable::getMessage);
    }
}
