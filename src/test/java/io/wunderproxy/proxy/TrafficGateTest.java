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
    void requestsWaitWhileTrafficIsPausedAndGoOnAfterwards() throws Exception {
        try (var backend = TestBackend.answering(request -> ok(request.body()));
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
    void aBodyThatIsNotReadWholeWaitsWithItsRequest() throws Exception {
        try (var backend = TestBackend.answering(request -> ok(request.body()));
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
    void aRequestThatWaitedGoesToTheBackendThatIsActiveThen() throws Exception {
        try (var blue = TestBackend.answering(request -> ok("blue"));
                var green = TestBackend.answering(request -> ok("green"));
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
    void turnsAwayRequestsThatWaitTooLongOrAreTooMany() throws Exception {
        try (var backend = TestBackend.answering(request -> ok("x"));
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
    void forgetsAClientThatGoesAwayWhileItWaits() throws Exception {
        try (var backend = TestBackend.answering(request -> ok("x"));
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
    void answersWithTheOperatorsWordsInMaintenance() throws Exception {
        try (var backend = TestBackend.answering(request -> ok("x"));
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
    void maintenanceTurnsAwayWhatWaits() throws Exception {
        try (var backend = TestBackend.answering(request -> ok("x"));
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
    void theStateOutlivesTheProcess(@TempDir Path directory) {
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
