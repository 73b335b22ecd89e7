package io.wunderproxy.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.client.FakeManager;
import io.wunderproxy.client.FakeManager.Behaviour;
import io.wunderproxy.judgement.Traffic;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.rollout.Judgement.Good;
import io.wunderproxy.rollout.Judgement.Silent;
import io.wunderproxy.rollout.Judgement.Worse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a host that was switched serves worse than the others. */
class JudgementTest {

    private static final ConfigHash GREEN = ConfigHash.md5(new byte[] {1});
    private static final ConfigHash BLUE = ConfigHash.md5(new byte[] {2});

    private static RolloutPolicy policy(double maxErrors, double maxSlowdown) {
        return new RolloutPolicy(
                Share.parse("100%"),
                Share.parse("25%"),
                Duration.ofSeconds(10),
                maxErrors,
                maxSlowdown,
                Duration.ofMinutes(1));
    }

    private static Judgement judge(Traffic now, Traffic baseline, boolean atEnd) {
        return Judgement.of(now, baseline, policy(0.01, 3), atEnd);
    }

    private static Judgement judge(FakeManager manager) {
        return Judgement.of(manager.status(), GREEN, Traffic.NONE, policy(0.01, 3), true);
    }

    @ParameterizedTest(name = "{0} of {1} are errors, before {2} of {3}: worse is {4}")
    @CsvSource({
        // Too few requests, or too few errors among them, say nothing.
        "19, 19, 0, 1000, false",
        "2, 20, 0, 1000, false",
        "2, 100, 0, 1000, false",
        "3, 20, 0, 1000, true",
        "3, 20, 0, 0, true",
        // One per cent more than the others is allowed, and not a request more.
        "10, 1000, 0, 1000, false",
        "11, 1000, 0, 1000, true",
        "60, 1000, 50, 1000, false",
        "61, 1000, 50, 1000, true",
        // What all hosts return is not the new configuration's fault.
        "1000, 1000, 1000, 1000, false",
        "0, 1000, 500, 1000, false"
    })
    void errors_are_compared_with_those_of_the_others(
            long errors, long requests, long usualErrors, long usualRequests, boolean worse) {
        var now = new Traffic(requests, errors, 0.01, 0.02);
        var baseline = new Traffic(usualRequests, usualErrors, 0.01, 0.02);

        assertThat(judge(now, baseline, false) instanceof Worse).isEqualTo(worse);
        assertThat(judge(now, baseline, true) instanceof Worse).isEqualTo(worse);
    }

    @ParameterizedTest(name = "{0} requests, p90 {1} s, p99 {2} s; before {3}, {4} s, {5} s: worse is {6}")
    @CsvSource({
        // Below a hundred on either side, no time is compared.
        "99, 9, 9, 5000, 0.02, 0.02, false",
        "5000, 9, 9, 99, 0.02, 0.02, false",
        "5000, 9, 9, 0, 0, 0, false",
        // From a hundred on, what 90 of 100 took; what 99 took does not count.
        "100, 0.31, 0.31, 100, 0.1, 0.1, true",
        "100, 0.1, 9, 100, 0.1, 0.1, false",
        "999, 0.1, 9, 5000, 0.1, 0.1, false",
        "5000, 0.1, 9, 999, 0.1, 0.1, false",
        // From a thousand on, what 99 of 100 took; what 90 took does not count.
        "1000, 0.1, 0.31, 1000, 0.1, 0.1, true",
        "1000, 9, 0.1, 1000, 0.1, 0.1, false",
        // Exactly three times as long is allowed.
        "100, 0.3, 0.3, 100, 0.1, 0.1, false",
        // Up to 50 ms is fast, whatever it was before.
        "1000, 0.05, 0.05, 1000, 0.001, 0.001, false",
        "1000, 0.051, 0.051, 1000, 0.001, 0.001, true",
        // Nothing is known of the last minute.
        "1000, 0.5, 0.5, 1000, 0, 0, false",
        // Faster is good.
        "1000, 0.1, 0.1, 1000, 0.5, 0.5, false"
    })
    void times_are_compared_with_those_of_the_others_when_the_bake_is_over(
            long requests,
            double p90,
            double p99,
            long usualRequests,
            double usualP90,
            double usualP99,
            boolean worse) {
        var now = new Traffic(requests, 0, p90, p99);
        var baseline = new Traffic(usualRequests, 0, usualP90, usualP99);

        assertThat(judge(now, baseline, true) instanceof Worse).isEqualTo(worse);
        assertThat(judge(now, baseline, false))
                .as("the first requests after a switch find everything cold")
                .isInstanceOf(Good.class);
    }

    @Test
    void what_is_allowed_is_the_policys() {
        var now = new Traffic(1000, 40, 0.5, 0.5);
        var baseline = new Traffic(1000, 0, 0.1, 0.1);

        assertThat(Judgement.of(now, baseline, policy(0.05, 6), true)).isInstanceOf(Good.class);
        assertThat(Judgement.of(now, baseline, policy(0.03, 6), true)).isInstanceOf(Worse.class);
        assertThat(Judgement.of(now, baseline, policy(0.05, 4), true)).isInstanceOf(Worse.class);
    }

    @Test
    void the_reason_tells_both_sides() {
        var now = new Traffic(100, 50, 0.3, 0.4);
        var baseline = new Traffic(2000, 2, 0.01, 0.02);

        assertThat(judge(now, baseline, false))
                .isEqualTo(
                        new Worse("errors since the switch: 100 requests, 50.00 % errors, p90 300.0 ms, p99 400.0 ms; "
                                + "the hosts before theirs: 2000 requests, 0.10 % errors, p90 10.0 ms, p99 20.0 ms"));
        assertThat(judge(new Traffic(100, 0, 0.3, 0.4), baseline, true))
                .isInstanceOfSatisfying(
                        Worse.class, worse -> assertThat(worse.reason()).startsWith("slower since the switch: "));
    }

    @Test
    void a_host_without_traffic_is_good_as_long_as_its_probes_succeed() {
        var host = new FakeManager("web1").serving(GREEN.value());

        assertThat(judge(host)).isInstanceOf(Good.class);

        host.isUnhealthyWith(GREEN.value(), "no response within 5 s");
        assertThat(judge(host))
                .as("an application that hangs completes no request which could be counted")
                .isEqualTo(new Worse("it is unhealthy: no response within 5 s"));
    }

    @Test
    void a_host_that_serves_something_else_was_switched_by_somebody_else() {
        var host = new FakeManager("web1").serving(BLUE.value());

        assertThat(judge(host))
                .isEqualTo(new Worse(
                        "it serves revision-" + BLUE.value().substring(0, 4) + ": somebody else switched it"));
    }

    @Test
    void a_host_that_serves_nothing_is_as_one_that_does_not_respond() {
        assertThat(judge(new FakeManager("web1"))).isEqualTo(new Silent("it serves nothing: starting"));
    }

    // ---- what is judged ----

    @Test
    void the_traffic_since_a_switch_and_since_the_start_are_two_things() {
        var host = new FakeManager("web1").serving(BLUE.value());
        host.behaves(BLUE.value(), new Behaviour(100, 10, 0.1, 0.2));
        host.status();
        host.launch(GREEN.value());
        host.switchTo(GREEN.value());
        host.behaves(GREEN.value(), new Behaviour(5, 1, 0.3, 0.4));

        var status = host.status();

        assertThat(HostTraffic.sinceSwitch(status)).isEqualTo(new Traffic(5, 1, 0.3, 0.4));
        assertThat(HostTraffic.sinceStart(status)).isEqualTo(new Traffic(105, 11, 0.3, 0.4));
    }

    @Test
    void what_came_after_an_earlier_look_is_the_difference_unless_the_agent_began_anew() {
        var earlier = new Traffic(100, 10, 0.1, 0.2);

        assertThat(new Traffic(150, 12, 0.3, 0.4).minus(earlier)).isEqualTo(new Traffic(50, 2, 0.3, 0.4));
        assertThat(new Traffic(20, 1, 0.3, 0.4).minus(earlier)).isEqualTo(new Traffic(20, 1, 0.3, 0.4));
    }

    @Test
    void of_several_hosts_the_slowest_tells_the_times() {
        assertThat(Traffic.sum(List.of(new Traffic(10, 1, 0.1, 0.5), new Traffic(30, 3, 0.2, 0.4))))
                .isEqualTo(new Traffic(40, 4, 0.2, 0.5));
        assertThat(Traffic.sum(List.of())).isEqualTo(Traffic.NONE);
        assertThat(Traffic.NONE.errorRate()).isZero();
    }
}
