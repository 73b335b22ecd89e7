package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class TrafficStatsTest {
    @Test
    void countsRequestsByStatusClassWithTheirTimeAndBytes() {
        var stats = new TrafficStats();
        stats.requestEnded(200, 1_000_000, 10, 20);
        stats.requestEnded(204, 1_000_000, 0, 0);
        stats.requestEnded(503, 3_000_000, 0, 5);
        var counters = stats.snapshot().sinceStart();
        assertThat(counters.requests()).isEqualTo(3);
        assertThat(counters.totalTime()).isEqualTo(Duration.ofMillis(5));
        assertThat(counters.byStatusClass()).containsExactly(0L, 2L, 0L, 0L, 1L);
        assertThat(counters.bytesIn()).isEqualTo(10);
        assertThat(counters.bytesOut()).isEqualTo(25);
    }

    @Test
    void resetRestartsOnlyTheCountersSinceTheSwitch() {
        var stats = new TrafficStats();
        stats.requestEnded(200, 1_000_000, 0, 0);
        stats.reset();
        stats.requestEnded(404, 2_000_000, 0, 0);
        assertThat(stats.snapshot().sinceSwitch().requests()).isOne();
        assertThat(stats.snapshot().sinceSwitch().totalTime()).isEqualTo(Duration.ofMillis(2));
        assertThat(stats.snapshot().sinceSwitch().byStatusClass()).containsExactly(0L, 0L, 0L, 1L, 0L);
        assertThat(stats.snapshot().sinceStart().requests()).isEqualTo(2);
    }

    @Test
    void countsConnectionsByState() throws Exception {
        try (var backend = TestBackend.answering(request -> ok("x"));
                var proxy = TestProxy.before(backend)) {
            try (var client = proxy.connect()) {
                await().until(() -> count(proxy, ClientState.NEW) == 1);
                client.get("/").read();
                await().until(() -> count(proxy, ClientState.IDLE) == 1);
                assertThat(count(proxy, ClientState.NEW)).isZero();
                assertThat(count(proxy, ClientState.ACTIVE)).isZero();
            }
            await().until(() -> count(proxy, ClientState.IDLE) == 0);
        }
    }

    private static long count(TestProxy proxy, ClientState state) {
        return proxy.stats.snapshot().connections().get(state);
    }
}
