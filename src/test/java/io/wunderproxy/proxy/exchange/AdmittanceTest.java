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
    void oneLeavesBeforeAnotherMayComeIn() {
        assertThat(first.enter(0, 10)).isNull();
        assertThat(second.enter(0, 10)).isEqualTo(ErrorResponse.OVERLOADED);
        second.end();
        first.leave();
        first.end();
        assertThat(second.enter(0, 10)).isNull();
        assertThat(first.enter(0, 10)).isEqualTo(ErrorResponse.OVERLOADED);
    }

    @Test
    void aBodyThatIsTooLargeTakesNoPlace() {
        assertThat(first.enter(11, 10)).isEqualTo(ErrorResponse.BODY_TOO_LARGE);
        assertThat(second.enter(10, 10)).isNull();
    }

    @Test
    void itIsTurnedAwayInMaintenance() {
        gate.maintenance("back at noon");
        assertThat(first.enter(0, 10)).isEqualTo(ErrorResponse.maintenance("back at noon"));
        assertThat(first.await(() -> {}))
                .isEqualTo(new Admittance.Step.Refuse(ErrorResponse.maintenance("back at noon")));
    }

    @Test
    void itWaitsInAPauseAsLongAsThereIsRoomAndTime() {
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
    void itGoesOnIfTheGateHasBeenOpenedMeanwhile() {
        assertThat(first.await(() -> {})).isEqualTo(new Admittance.Step.Pass());
    }
}
