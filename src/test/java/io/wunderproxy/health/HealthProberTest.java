package io.wunderproxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.health.HealthProber.Outcome;
import io.wunderproxy.time.ManualTime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HealthProberTest {

    private static final ProbeResult HEALTHY = new ProbeResult.Healthy();
    private static final ProbeResult HEALTHY_BY_ITS_CHECK = new ProbeResult.Healthy("says healthy");
    private static final ProbeResult NOT_YET = new ProbeResult.WrongStatus(503, Optional.empty(), "not yet");
    private static final ProbeResult REFUSED = new ProbeResult.Refused();
    private static final Target HERE = new Target.At("10.0.0.1", 9292);

    private final ManualTime time = ManualTime.flying();
    private final FakeProbe probe = new FakeProbe();
    private final CompletableFuture<Void> exit = new CompletableFuture<>();
    private final List<ProbeResult> news = new ArrayList<>();

    /** When each probe began. */
    private final List<Duration> asked = new ArrayList<>();

    private Duration takes = Duration.ZERO;

    private final HealthProber prober = new HealthProber(
            (target, check) -> {
                asked.add(Duration.ofNanos(time.nanos()));
                time.pass(takes);
                return probe.ask(target, check);
            },
            time);

    private Outcome confirm(HealthCheck check) throws InterruptedException {
        return prober.confirm(() -> HERE, check, exit, news::add);
    }

    private static HealthCheck check(Duration interval, int successes) {
        return new HealthCheck(
                new HealthCheck.Question.Connect(),
                9292,
                interval,
                Duration.ofSeconds(2),
                successes,
                Duration.ofMinutes(2));
    }

    private static final HealthCheck USUAL = check(Duration.ofSeconds(1), 2);

    private List<Duration> pauses() {
        var pauses = new ArrayList<Duration>();
        for (var i = 1; i < asked.size(); i++) {
            pauses.add(asked.get(i).minus(asked.get(i - 1)).minus(takes));
        }
        return pauses;
    }

    @Test
    void as_many_good_responses_in_a_row_as_the_check_asks_for_confirm() throws Exception {
        probe.respondsFirst(HEALTHY, HEALTHY, REFUSED, HEALTHY, HEALTHY, HEALTHY);

        assertThat(confirm(check(Duration.ofSeconds(1), 3))).isEqualTo(new Outcome.Confirmed(HERE));
        assertThat(asked).hasSize(6);
    }

    @Test
    void an_application_that_is_not_healthy_yet_is_asked_every_50_milliseconds_however_long_it_takes()
            throws Exception {
        for (var i = 0; i < 200; i++) {
            probe.respondsFirst(NOT_YET);
        }

        assertThat(confirm(USUAL)).isEqualTo(new Outcome.Confirmed(HERE));
        assertThat(pauses()).hasSize(201).containsOnly(Duration.ofMillis(50));
    }

    @Test
    void an_application_that_responds_slowly_gets_pauses_as_long_as_its_responses_take() throws Exception {
        takes = Duration.ofMillis(300);
        probe.respondsFirst(NOT_YET, NOT_YET);

        confirm(USUAL);

        assertThat(pauses()).containsExactly(Duration.ofMillis(300), Duration.ofMillis(300), Duration.ofMillis(50));
    }

    @Test
    void a_connection_that_is_refused_slowly_keeps_nobody_from_starting() throws Exception {
        takes = Duration.ofMillis(300);
        probe.respondsFirst(REFUSED);

        confirm(USUAL);

        assertThat(pauses()).containsOnly(Duration.ofMillis(50));
    }

    @Test
    void no_pause_is_longer_than_the_interval_of_the_check() throws Exception {
        takes = Duration.ofSeconds(1);
        probe.respondsFirst(NOT_YET, NOT_YET);

        confirm(check(Duration.ofMillis(20), 2));

        assertThat(pauses()).containsOnly(Duration.ofMillis(20));
    }

    @Test
    void from_the_first_good_response_to_the_confirmation_it_takes_one_pause() throws Exception {
        probe.respondsFirst(NOT_YET);

        confirm(USUAL);

        assertThat(Duration.ofNanos(time.nanos()).minus(asked.get(1))).isEqualTo(Duration.ofMillis(50));
    }

    @Test
    void where_it_is_asked_is_looked_up_again_after_a_bad_response_and_once_before_it_is_confirmed() throws Exception {
        probe.respondsFirst(REFUSED, HEALTHY, NOT_YET, HEALTHY, HEALTHY);
        var looks = new ArrayList<Integer>();

        prober.confirm(
                () -> {
                    looks.add(asked.size());
                    return HERE;
                },
                USUAL,
                exit,
                news::add);

        assertThat(looks).containsExactly(0, 1, 3, 5);
    }

    @Test
    void a_container_that_is_not_healthy_before_the_deadline_is_too_late() throws Exception {
        probe.responds(NOT_YET);

        assertThat(confirm(USUAL)).isEqualTo(new Outcome.TooLate(NOT_YET));
        assertThat(Duration.ofNanos(time.nanos())).isBetween(Duration.ofMillis(119_900), Duration.ofMinutes(2));
    }

    @Test
    void a_container_that_has_ended_is_asked_no_more() throws Exception {
        probe.responds(at -> {
            exit.complete(null);
            return REFUSED;
        });

        assertThat(confirm(USUAL)).isEqualTo(new Outcome.Exited());
        assertThat(asked).hasSize(1);
    }

    @Test
    void an_engine_that_can_not_tell_of_the_exit_leaves_it_to_the_probes() throws Exception {
        exit.completeExceptionally(new IllegalStateException("no way to it"));
        probe.respondsFirst(NOT_YET, NOT_YET);

        assertThat(confirm(USUAL)).isEqualTo(new Outcome.Confirmed(HERE));
        assertThat(time.sleeps()).containsOnly(Duration.ofMillis(50)).hasSize(3);
    }

    @Test
    void a_response_whose_text_changes_each_time_is_reported_once() throws Exception {
        for (var i = 0; i < 5; i++) {
            probe.respondsFirst(new ProbeResult.WrongStatus(503, Optional.empty(), "request " + i));
        }

        confirm(USUAL);

        assertThat(news).extracting(ProbeResult::describe).containsExactly("returned 503", "returned 200");
    }

    @Test
    void a_container_that_can_not_become_healthy_is_waited_for_no_longer() throws Exception {
        var never = new ProbeResult.Never("has no check");

        assertThat(prober.confirm(() -> new Target.Known(never), USUAL, exit, news::add))
                .isEqualTo(new Outcome.Hopeless(never));
        assertThat(news).containsExactly(never);
        assertThat(time.sleeps()).isEmpty();
    }

    @Test
    void the_engines_own_words_are_asked_for_each_time() throws Exception {
        var words = new ArrayList<ProbeResult>();
        for (var finding : List.of("starting", "healthy", "unhealthy", "healthy", "healthy", "healthy")) {
            words.add(
                    finding.equals("healthy")
                            ? new ProbeResult.Healthy("says healthy")
                            : new ProbeResult.NotServing("says " + finding, ""));
        }

        var outcome = prober.confirm(() -> new Target.Known(words.removeFirst()), USUAL, exit, news::add);

        assertThat(outcome).isEqualTo(new Outcome.Confirmed(new Target.Known(HEALTHY_BY_ITS_CHECK)));
        assertThat(words).isEmpty();
        assertThat(asked).isEmpty();
    }

    @Test
    void a_container_that_can_not_be_asked_is_unreachable_for_the_reason_given() throws Exception {
        var outcome = prober.confirm(() -> new Target.Nowhere("somebody else listens there"), USUAL, exit, news::add);

        var unreachable = new ProbeResult.Unreachable("somebody else listens there");
        assertThat(outcome).isEqualTo(new Outcome.TooLate(unreachable));
        assertThat(news).containsExactly(unreachable);
        assertThat(asked).isEmpty();
    }
}
