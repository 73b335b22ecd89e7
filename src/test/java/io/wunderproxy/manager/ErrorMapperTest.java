package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.deployment.Failure;
import jakarta.ws.rs.NotAllowedException;
import jakarta.ws.rs.NotFoundException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ErrorMapperTest {

    private final ErrorMapper errors = new ErrorMapper();

    @Test
    void each_kind_of_failure_has_the_status_of_the_contract() {
        var statuses = new EnumMap<Failure.Kind, Integer>(Failure.Kind.class);
        for (var kind : Failure.Kind.values()) {
            statuses.put(kind, ErrorMapper.status(kind));
        }

        assertThat(statuses)
                .isEqualTo(Map.ofEntries(
                        Map.entry(Failure.Kind.MALFORMED, 400),
                        Map.entry(Failure.Kind.UNKNOWN, 404),
                        Map.entry(Failure.Kind.NOT_CONFIRMED, 409),
                        Map.entry(Failure.Kind.SUPERSEDED, 409),
                        Map.entry(Failure.Kind.INVALID, 422),
                        Map.entry(Failure.Kind.ENGINE_REFUSED, 502),
                        Map.entry(Failure.Kind.STORE_UNAVAILABLE, 503),
                        Map.entry(Failure.Kind.ENGINE_UNAVAILABLE, 503),
                        Map.entry(Failure.Kind.STATE_UNWRITABLE, 503),
                        Map.entry(Failure.Kind.REPLACED, 503),
                        Map.entry(Failure.Kind.TOO_LATE, 504)));
    }

    @Test
    void the_response_to_a_call_that_does_not_exist_names_those_that_do() {
        var response = errors.http(new NotFoundException(), Call.plain());

        assertThat(response.getStatus()).isEqualTo(404);
        assertThat((String) response.getEntity()).startsWith("there is no such call; see GET /status");
    }

    @Test
    void a_call_by_another_method_is_refused_with_the_reason() {
        var response = errors.http(new NotAllowedException("POST"), Call.plain());

        assertThat(response.getStatus()).isEqualTo(405);
        assertThat((String) response.getEntity()).startsWith("this call has another method");
    }

    @Test
    void what_can_not_be_kept_is_unavailable_and_nothing_was_changed() {
        var response = errors.unwritable(new UncheckedIOException("disk full", new IOException()), Call.plain());

        assertThat(response.getStatus()).isEqualTo(503);
        assertThat((String) response.getEntity()).startsWith("disk full; nothing was changed");
    }

    @Test
    void a_mistake_of_this_program_tells_nothing_of_itself() {
        var response = errors.unexpected(new IllegalStateException("secret inner life"), Call.plain());

        assertThat(response.getStatus()).isEqualTo(500);
        assertThat((String) response.getEntity()).isEqualTo("an internal error; the agent's log has the details\n");
    }
}
