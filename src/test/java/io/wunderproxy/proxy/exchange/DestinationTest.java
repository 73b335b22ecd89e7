package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.routing.PeerFallback;
import io.wunderproxy.proxy.routing.PeerOptions;
import io.wunderproxy.proxy.stats.TrafficStats;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DestinationTest {
    private static final Backend BLUE = new Backend("blue", "10.0.0.1", 9292);
    private static final Backend GREEN = new Backend("green", "10.0.0.2", 9292);

    private final AppBackends active = new AppBackends();
    private final TrafficStats stats = new TrafficStats();

    private Destination destination(boolean idempotent) {
        return new Destination(active, new PeerFallback(PeerOptions.NONE), stats.forLoop(), idempotent);
    }

    @Test
    void there_is_none_without_a_backend() {
        var destination = destination(true);
        assertThat(destination.takeActive()).isFalse();
        assertThat(destination.backend()).isNull();
        assertThat(destination.absence().status()).isEqualTo(503);
        assertThat(destination.fallBack(false, false)).isFalse();
        destination.release();
    }

    @ParameterizedTest
    @CsvSource({
        // Idempotent, whether it was sent, whether its body is lost, and whether it may be sent again.
        "true, true, false, true",
        "true, false, false, true",
        "true, true, true, false",
        "false, true, false, false",
        "false, false, false, true",
        "false, false, true, false",
    })
    void a_request_is_sent_again_only_if_that_does_no_harm(
            boolean idempotent, boolean sent, boolean bodyLost, boolean again) {
        active.switchTo(BLUE);
        var destination = destination(idempotent);
        assertThat(destination.takeActive()).isTrue();
        assertThat(destination.begin()).isTrue();
        assertThat(destination.again(sent, bodyLost)).isEqualTo(again);
        assertThat(stats.snapshot().sinceStart().retries()).isEqualTo(again ? 1 : 0);
        assertThat(active.leases(BLUE)).isEqualTo(1);
        destination.release();
        destination.release();
        assertThat(active.leases(BLUE)).isZero();
    }

    @Test
    void the_second_attempt_takes_no_connection_that_may_be_stale() {
        active.switchTo(BLUE);
        var destination = destination(true);
        destination.takeActive();
        assertThat(destination.begin()).isTrue();
        assertThat(destination.again(true, false)).isTrue();
        assertThat(destination.begin()).isFalse();
    }

    @Test
    void one_that_can_not_be_reached_is_not_tried_again_but_the_next_one_is() {
        active.switchTo(BLUE);
        var destination = destination(true);
        destination.takeActive();
        destination.begin();
        destination.unreachable();
        assertThat(destination.again(false, false)).isFalse();
        assertThat(active.leases(BLUE)).isEqualTo(1);
        active.switchTo(GREEN);
        assertThat(destination.again(false, false)).isTrue();
        assertThat(destination.backend()).isEqualTo(GREEN);
        assertThat(active.leases(BLUE)).isZero();
        assertThat(active.leases(GREEN)).isEqualTo(1);
    }
}
