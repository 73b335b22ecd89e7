package io.wunderproxy.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.handover.Message.Kind;
import io.wunderproxy.handover.Phase.Action;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PhaseTest {

    private static final Map<Phase, Kind> ORDER = Map.of(
            Phase.STARTED, Kind.HELLO,
            Phase.SETTLED, Kind.TAKING_SOCKET,
            Phase.SOCKETS_PASSED, Kind.HAS_SOCKETS,
            Phase.SOCKETS_SHARED, Kind.WANTS_STATE,
            Phase.STATE_PASSED, Kind.READY,
            Phase.RELEASED, Kind.ACCEPTING);

    @Test
    void a_hand_over_takes_its_steps_in_order() {
        var phase = Phase.STARTED;
        var actions = new java.util.ArrayList<Action>();
        while (!phase.isOver()) {
            var step = phase.on(ORDER.get(phase));
            actions.add(step.action());
            phase = step.next();
        }
        assertThat(phase).isEqualTo(Phase.LEAVING);
        assertThat(actions)
                .containsExactly(
                        Action.ANNOUNCE_SOCKETS,
                        Action.PASS_SOCKET,
                        Action.NOTHING,
                        Action.PASS_STATE,
                        Action.RELEASE,
                        Action.LEAVE);
    }

    @ParameterizedTest
    @EnumSource(Phase.class)
    void whatever_is_said_out_of_turn_takes_everything_back(Phase phase) {
        for (var kind : Kind.values()) {
            // There is more than one socket, and each is asked for.
            var again = phase == Phase.SOCKETS_PASSED && kind == Kind.TAKING_SOCKET;
            if (kind != ORDER.get(phase) && !again) {
                assertThat(phase.on(kind).next()).isEqualTo(phase.isOver() ? phase : Phase.FAILED);
                assertThat(phase.on(kind).action()).isEqualTo(phase.isOver() ? Action.NOTHING : Action.TAKE_BACK);
            }
        }
    }

    @Test
    void the_state_is_passed_once_and_last_before_the_release() {
        assertThat(List.of(Phase.values()).stream().filter(Phase::wasPassed))
                .containsExactly(Phase.STATE_PASSED, Phase.RELEASED);
    }

    @Test
    void a_message_is_read_as_it_was_written() {
        var message = Message.of(Kind.FAILED, "cannot\n  listen");
        assertThat(message.line()).isEqualTo("FAILED cannot listen");
        assertThat(Message.read(message.line())).contains(message);
        assertThat(Message.read("READY")).contains(Message.of(Kind.READY));
        assertThat(Message.read("HOLA")).isEmpty();
    }
}
