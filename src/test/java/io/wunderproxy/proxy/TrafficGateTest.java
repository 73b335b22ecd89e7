package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.admission.TrafficGate;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Pause, maintenance and back. */
@OnEveryLane
class TrafficGateTest {
    private static final Duration LONG = Duration.ofMinutes(1);

    @Test
    void requests_wait_while_traffic_is_paused_and_are_forwarded_afterwards() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = TestProxy.before(backend);
                var first = proxy.connect();
                var second = proxy.connect()) {
            proxy.gate.pause(LONG, 10);
            first.get("/");
            second.post("/", "abc");
            await().until(() -> proxy.gate.waiting() == 2);
            assertThat(backend.accepted()).isZero();
            assertThat(proxy.active.leases(backend.backend())).isZero();
            proxy.gate.resume();
            assertThat(first.read().status()).isEqualTo(200);
            assertThat(second.read().body()).isEqualTo("abc");
            assertThat(proxy.gate.waiting()).isZero();
        }
    }

    @Test
    void a_body_that_is_not_read_whole_waits_with_its_request() throws Exception {
        try (var backend = TestBackend.responding(request -> ok(request.body()));
                var proxy = TestProxy.streamingTo(backend);
                var client = proxy.connect()) {
            proxy.gate.pause(LONG, 10);
            client.post("/", "abc");
            await().until(() -> proxy.gate.waiting() == 1);
            proxy.gate.resume();
            assertThat(client.read().body()).isEqualTo("abc");
        }
    }

    @Test
    void a_request_that_waited_goes_to_the_backend_that_is_active_then() throws Exception {
        try (var blue = TestBackend.responding(request -> ok("blue"));
                var green = TestBackend.responding(request -> ok("green"));
                var proxy = TestProxy.before(blue);
                var client = proxy.connect()) {
            proxy.gate.pause(LONG, 10);
            client.get("/");
            await().until(() -> proxy.gate.waiting() == 1);
            proxy.to(green);
            proxy.gate.resume();
            assertThat(client.read().body()).isEqualTo("green");
        }
    }

    @Test
    void turns_away_requests_that_wait_too_long_or_are_too_many() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend);
                var first = proxy.connect()) {
            proxy.gate.pause(Duration.ofMillis(50), 1);
            first.get("/");
            await().until(() -> proxy.gate.waiting() == 1);
            assertThat(proxy.get("/").status()).isEqualTo(503);
            assertThat(first.read().status()).isEqualTo(503);
            assertThat(proxy.gate.waiting()).isZero();
        }
    }

    @Test
    void forgets_a_client_that_goes_away_while_it_waits() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend)) {
            proxy.gate.pause(LONG, 10);
            try (var client = proxy.connect()) {
                client.get("/");
                await().until(() -> proxy.gate.waiting() == 1);
            }
            await().until(() -> proxy.gate.waiting() == 0);
        }
    }

    @Test
    void responds_with_the_operators_words_in_maintenance() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend)) {
            proxy.gate.maintenance("back at noon");
            var text = proxy.get("/");
            assertThat(text.status()).isEqualTo(503);
            assertThat(text.body()).isEqualTo("back at noon\n");
            assertThat(text.header("Content-Type")).contains("text/plain; charset=utf-8");
            proxy.gate.maintenance("<h1>Back at noon</h1>");
            assertThat(proxy.get("/").header("Content-Type")).contains("text/html; charset=utf-8");
            proxy.gate.resume();
            assertThat(proxy.get("/").status()).isEqualTo(200);
        }
    }

    @Test
    void maintenance_turns_away_what_waits() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend);
                var client = proxy.connect()) {
            proxy.gate.pause(LONG, 10);
            client.get("/");
            await().until(() -> proxy.gate.waiting() == 1);
            proxy.gate.maintenance("closed");
            assertThat(client.read().body()).isEqualTo("closed\n");
        }
    }

    @Test
    void the_state_outlives_the_process(@TempDir Path directory) {
        var file = directory.resolve("gate");
        var before = new TrafficGate();
        before.keepIn(file);
        before.maintenance("two\nlines");
        assertThat(restarted(file)).isEqualTo(new TrafficGate.State.Maintenance("two\nlines"));
        before.pause(Duration.ofSeconds(30), 500);
        assertThat(restarted(file)).isEqualTo(new TrafficGate.State.Paused(Duration.ofSeconds(30), 500));
        before.resume();
        assertThat(restarted(file)).isEqualTo(new TrafficGate.State.Open());
    }

    private static TrafficGate.State restarted(Path file) {
        var gate = new TrafficGate();
        gate.keepIn(file);
        return gate.state();
    }
}
