package io.wunderproxy.proxy.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.proxy.admission.Admission;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.rules.ErrorResponse;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class AdmittanceTest {
    private final Admission requests = new Admission(1);
    private final TrafficGate gate = new TrafficGate();
    private final Admittance first = new Admittance(requests, gate);
    private final Admittance second = new Admittance(requests, gate);

    @Test
    void one_leaves_before_another_may_come_in() {
        assertThat(first.enter(0, 10)).isNull();
        assertThat(second.enter(0, 10)).isEqualTo(ErrorResponse.OVERLOADED);
        second.end();
        first.leave();
        first.end();
        assertThat(second.enter(0, 10)).isNull();
        assertThat(first.enter(0, 10)).isEqualTo(ErrorResponse.OVERLOADED);
    }

    @Test
    void a_body_that_is_too_large_takes_no_place() {
        assertThat(first.enter(11, 10)).isEqualTo(ErrorResponse.BODY_TOO_LARGE);
        assertThat(second.enter(10, 10)).isNull();
    }

    @Test
    void it_is_turned_away_in_maintenance() {
        gate.maintenance("back at noon");
        assertThat(first.enter(0, 10)).isEqualTo(ErrorResponse.maintenance("back at noon"));
        assertThat(first.await(() -> {}))
                .isEqualTo(new Admittance.Step.Refuse(ErrorResponse.maintenance("back at noon")));
    }

    @Test
    void it_waits_in_a_pause_as_long_as_there_is_room_and_time() {
        gate.pause(Duration.ofSeconds(3), 1);
        assertThat(first.isGateOpen()).isFalse();
        assertThat(first.await(() -> {})).isEqualTo(new Admittance.Step.Wait());
        assertThat(first.isWaiting()).isTrue();
        assertThat(second.await(() -> {})).isEqualTo(new Admittance.Step.Refuse(ErrorResponse.TOO_MANY_PAUSED));
        assertThat(first.hasWaitedTooLong(Duration.ofSeconds(3))).isFalse();
        assertThat(first.hasWaitedTooLong(Duration.ofSeconds(4))).isTrue();
        first.end();
        assertThat(gate.waiting()).isZero();
        assertThat(second.await(() -> {})).isEqualTo(new Admittance.Step.Wait());
    }

    @Test
    void it_continues_if_the_gate_has_been_opened_meanwhile() {
        assertThat(first.await(() -> {})).isEqualTo(new Admittance.Step.Pass());
    }
}
