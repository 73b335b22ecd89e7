package io.wunderproxy.manager;

import static io.wunderproxy.manager.Call.body;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.deployment.DeploymentException;
import io.wunderproxy.deployment.Failure;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.time.ManualTime;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TrafficResourceTest {

    private final TrafficGate gate = new TrafficGate();
    private final EventLog events = new EventLog(ManualTime.standing().clock());
    private final TrafficResource calls = new TrafficResource(gate, events);

    @Test
    void a_pause_without_a_body_has_the_usual_bounds() throws Exception {
        var response = calls.pause(body(""), Call.plain());

        assertThat(response.getEntity()).isEqualTo("paused: up to 1000 requests wait, each for up to 30.0 s\n");
        assertThat(gate.state()).isEqualTo(new TrafficGate.State.Paused(Duration.ofSeconds(30), 1000));
        assertThat(events.all())
                .singleElement()
                .satisfies(entry -> assertThat(entry.event().type()).isEqualTo(EventType.PAUSED));
    }

    @ParameterizedTest
    @CsvSource({"500ms,500", "30s,30000", "5m,300000", "60m,3600000", "1h,3600000", "1ms,1"})
    void a_pause_takes_times_of_all_units(String text, long millis) throws Exception {
        calls.pause(body("{\"MaxWait\":\"" + text + "\",\"MaxRequests\":1}"), Call.plain());

        assertThat(gate.state()).isEqualTo(new TrafficGate.State.Paused(Duration.ofMillis(millis), 1));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"MaxWait\":\"0s\"}",
                "{\"MaxWait\":\"61m\"}",
                "{\"MaxWait\":\"2h\"}",
                "{\"MaxWait\":\"-1s\"}",
                "{\"MaxWait\":30}",
                "{\"MaxRequests\":0}",
                "{\"MaxRequests\":-1}",
                "{\"MaxRequest\":1}",
                "[]",
                "30s",
                "{"
            })
    void a_pause_beyond_its_bounds_is_refused_and_changes_nothing(String text) {
        var failure = catchThrowableOfType(DeploymentException.class, () -> calls.pause(body(text), Call.plain()))
                .failure();

        assertThat(failure.kind()).isEqualTo(Failure.Kind.MALFORMED);
        assertThat(gate.isOpen()).isTrue();
        assertThat(events.all()).isEmpty();
    }

    @Test
    void maintenance_shows_the_message_that_was_sent() {
        calls.maintenance(body("<h1>back at noon</h1>"), Call.plain());
        assertThat(gate.state()).isEqualTo(new TrafficGate.State.Maintenance("<h1>back at noon</h1>"));

        calls.maintenance(body("\n"), Call.plain());
        assertThat(gate.state()).isEqualTo(new TrafficGate.State.Maintenance("down for maintenance, back soon"));
    }

    @Test
    void resuming_tells_how_many_requests_waited() throws Exception {
        calls.pause(body(""), Call.plain());
        gate.await(() -> {});
        gate.await(() -> {});

        assertThat(calls.resume(body(""), Call.plain()).getEntity())
                .isEqualTo("resumed: requests go through, 2 of them waited\n");
        assertThat(gate.isOpen()).isTrue();
    }

    @Test
    void who_accepts_json_gets_the_gate() throws Exception {
        var response = calls.pause(body("{\"MaxWait\":\"1500ms\",\"MaxRequests\":7}"), Call.acceptingJson());

        var json = new ObjectMapper().readTree((String) response.getEntity());
        assertThat(json.path("State").asText()).isEqualTo("paused");
        assertThat(json.path("MaxWait").asDouble()).isEqualTo(1.5);
        assertThat(json.path("MaxRequests").asInt()).isEqualTo(7);
        assertThat(json.path("Waiting").asInt()).isZero();
        assertThat(json.path("Message").asText()).startsWith("paused: up to 7 requests wait");
    }
}
