package io.wunderproxy.proxy.stats;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.TestBackend;
import io.wunderproxy.proxy.TestProxy;
import io.wunderproxy.proxy.rules.Refusal;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class TrafficStatsTest {
    @Test
    void counts_requests_by_status_class_with_their_time_and_bytes() {
        var stats = new TrafficStats();
        var loop = stats.forLoop();
        loop.requestEnded("GET", 200, 1_000_000, 10, 20);
        loop.requestEnded("GET", 204, 1_000_000, 0, 0);
        loop.requestEnded("GET", 503, 3_000_000, 0, 5);
        var counters = stats.snapshot().sinceStart();
        assertThat(counters.requests()).isEqualTo(3);
        assertThat(counters.totalTime()).isEqualTo(Duration.ofMillis(5));
        assertThat(counters.byStatusClass()).containsExactly(0L, 2L, 0L, 0L, 1L);
        assertThat(counters.bytesIn()).isEqualTo(10);
        assertThat(counters.bytesOut()).isEqualTo(25);
    }

    @Test
    void a_load_balancer_that_is_refused_is_named_until_it_has_not_come_for_a_minute() {
        var now = new AtomicLong();
        var front = new TrafficStats(now::get).front();
        assertThat(front.recent()).isEmpty();

        front.refused("192.0.2.1", "does not fit");
        now.addAndGet(Duration.ofSeconds(50).toNanos());
        front.refused("192.0.2.1", "does not fit");
        now.addAndGet(Duration.ofSeconds(50).toNanos());
        assertThat(front.recent()).hasValue("192.0.2.1 does not fit");
        now.addAndGet(Duration.ofSeconds(10).toNanos());
        assertThat(front.recent()).isEmpty();

        front.refused(null, "does not fit");
        assertThat(front.recent()).hasValue("a program of this machine does not fit");
    }

    @Test
    void reset_restarts_only_the_counters_since_the_switch() {
        var stats = new TrafficStats();
        var loop = stats.forLoop();
        loop.requestEnded("GET", 200, 1_000_000, 0, 0);
        stats.reset();
        loop.requestEnded("GET", 404, 2_000_000, 0, 0);
        assertThat(stats.snapshot().sinceSwitch().requests()).isOne();
        assertThat(stats.snapshot().sinceSwitch().totalTime()).isEqualTo(Duration.ofMillis(2));
        assertThat(stats.snapshot().sinceSwitch().byStatusClass()).containsExactly(0L, 0L, 0L, 1L, 0L);
        assertThat(stats.snapshot().sinceStart().requests()).isEqualTo(2);
    }

    @Test
    void counts_requests_by_status_and_known_method() {
        var stats = new TrafficStats();
        var loop = stats.forLoop();
        loop.requestEnded("GET", 200, 0, 0, 0);
        loop.requestEnded("POST", 503, 0, 0, 0);
        loop.requestEnded("BREW", 999, 0, 0, 0);
        assertThat(stats.snapshot().byStatus()).containsOnlyKeys(200, 503, 599);
        assertThat(stats.snapshot().byMethod()).containsOnlyKeys("GET", "POST", "other");
    }

    @Test
    void shows_percentiles_since_the_switch() {
        var stats = new TrafficStats();
        var loop = stats.forLoop();
        for (var millis = 1; millis <= 100; millis++) {
            loop.requestEnded("GET", 200, millis * 1_000_000L, 0, 0);
        }
        var times = stats.snapshot().times().get("switch");
        assertThat(times.count()).isEqualTo(100);
        assertThat(times.p50()).isBetween(Duration.ofMillis(49), Duration.ofMillis(51));
        assertThat(times.p99()).isBetween(Duration.ofMillis(98), Duration.ofMillis(100));
        assertThat(times.max()).isBetween(Duration.ofMillis(99), Duration.ofMillis(101));
        stats.reset();
        assertThat(stats.snapshot().times().get("switch").count()).isZero();
        assertThat(stats.snapshot().times().get("1m").count()).isEqualTo(100);
    }

    @Test
    void forgets_old_times_window_by_window() {
        var now = new AtomicLong();
        var times = new ResponseTimes(now::get);
        times.forLoop().record(1_000_000);
        assertThat(counts(times)).containsExactly(1L, 1L, 1L, 1L);
        now.set(Duration.ofSeconds(70).toNanos());
        assertThat(counts(times)).containsExactly(1L, 0L, 1L, 1L);
        now.set(Duration.ofSeconds(310).toNanos());
        assertThat(counts(times)).containsExactly(1L, 0L, 0L, 1L);
        now.set(Duration.ofSeconds(3700).toNanos());
        assertThat(counts(times)).containsExactly(1L, 0L, 0L, 0L);
    }

    @Test
    void windows_move_on_while_nobody_looks() {
        var now = new AtomicLong();
        var times = new ResponseTimes(now::get);
        var loop = times.forLoop();
        loop.record(1_000_000);
        times.tick();
        now.set(Duration.ofSeconds(70).toNanos());
        times.tick();
        loop.record(1_000_000);
        assertThat(counts(times)).containsExactly(2L, 1L, 2L, 2L);
    }

    @Test
    void the_sums_are_those_of_all_loops() throws Exception {
        var stats = new TrafficStats();
        var threads = new ArrayList<Thread>();
        for (var i = 0; i < 8; i++) {
            var loop = stats.forLoop();
            threads.add(Thread.ofPlatform().start(() -> {
                for (var request = 0; request < 10_000; request++) {
                    loop.requestStarted();
                    loop.connected(1_000_000);
                    loop.responded(2_000_000);
                    loop.refused(Refusal.MEMORY);
                    loop.requestEnded("GET", 200 + request % 2, 3_000_000, 1, 2);
                }
            }));
        }
        for (var thread : threads) {
            thread.join();
        }
        var snapshot = stats.snapshot();
        assertThat(snapshot.sinceStart().requests()).isEqualTo(80_000);
        assertThat(snapshot.sinceStart().totalTime()).isEqualTo(Duration.ofSeconds(240));
        assertThat(snapshot.sinceStart().bytesIn()).isEqualTo(80_000);
        assertThat(snapshot.sinceStart().bytesOut()).isEqualTo(160_000);
        assertThat(snapshot.byStatus()).containsExactly(Map.entry(200, 40_000L), Map.entry(201, 40_000L));
        assertThat(snapshot.byMethod()).containsExactly(Map.entry("GET", 80_000L));
        assertThat(snapshot.refusals()).containsEntry(Refusal.MEMORY, 80_000L);
        assertThat(snapshot.inFlight()).isZero();
        assertThat(Stream.of(snapshot.times(), snapshot.connectTimes(), snapshot.firstByteTimes())
                        .map(times -> times.get("60m").count()))
                .containsOnly(80_000L);
    }

    @Test
    void a_snapshot_is_consistent_while_loops_count() throws Exception {
        var stats = new TrafficStats();
        var ended = new AtomicBoolean();
        var loops = Stream.generate(stats::forLoop)
                .limit(3)
                .map(loop -> Thread.ofPlatform().start(() -> {
                    while (!ended.get()) {
                        pass(loop);
                    }
                }))
                .toList();
        try {
            var last = stats.snapshot();
            while (last.sinceStart().requests() < 300_000) {
                var next = stats.snapshot();
                assertThat(next.inFlight()).isBetween(0L, 3L);
                assertThat(next.connections().values()).allMatch(number -> number >= 0);
                assertThat(next.backendConnections().values()).allMatch(number -> number >= 0);
                assertThat(next.byStatus().values().stream()
                                .mapToLong(Long::longValue)
                                .sum())
                        .isEqualTo(next.sinceStart().requests());
                assertThat(next.sinceStart().requests())
                        .isGreaterThanOrEqualTo(last.sinceStart().requests());
                assertThat(next.sinceStart().totalTime())
                        .isGreaterThanOrEqualTo(last.sinceStart().totalTime());
                assertThat(next.times().get("60m").count())
                        .isGreaterThanOrEqualTo(last.times().get("60m").count());
                assertThat(next.sinceSwitch().requests()).isNotNegative();
                stats.reset();
                last = next;
            }
        } finally {
            ended.set(true);
            for (var loop : loops) {
                loop.join();
            }
        }
    }

    private static void pass(LoopStats loop) {
        loop.connectionOpened();
        loop.connectionMoved(ConnectionState.NEW, ConnectionState.ACTIVE);
        loop.backendConnectionOpened();
        loop.requestStarted();
        loop.requestEnded("GET", 200, 1000, 0, 0);
        loop.backendConnectionsIdle(1);
        loop.backendConnectionsIdle(-1);
        loop.backendConnectionClosed();
        loop.connectionClosed(ConnectionState.ACTIVE);
    }

    private static Stream<Long> counts(ResponseTimes times) {
        return times.percentiles().values().stream().map(ResponseTimes.Percentiles::count);
    }

    @Test
    void counts_connections_by_state() throws Exception {
        try (var backend = TestBackend.responding(request -> ok("x"));
                var proxy = TestProxy.before(backend)) {
            try (var client = proxy.connect()) {
                await().until(() -> count(proxy, ConnectionState.NEW) == 1);
                client.get("/").read();
                await().until(() -> count(proxy, ConnectionState.IDLE) == 1);
                assertThat(count(proxy, ConnectionState.NEW)).isZero();
                assertThat(count(proxy, ConnectionState.ACTIVE)).isZero();
            }
            await().until(() -> count(proxy, ConnectionState.IDLE) == 0);
        }
    }

    @Test
    void counts_no_connection_that_was_closed_within_a_request() throws Exception {
        try (var backend = TestBackend.running(connection -> {
                    connection.read();
                    connection.isClosedByPeer();
                });
                var proxy = TestProxy.before(backend)) {
            for (var i = 0; i < 3; i++) {
                try (var client = proxy.connect()) {
                    client.get("/");
                    await().until(() -> count(proxy, ConnectionState.ACTIVE) == 1);
                }
                await().until(() -> proxy.stats.snapshot().inFlight() == 0);
                await().untilAsserted(() -> assertThat(
                                proxy.stats.snapshot().connections().values())
                        .containsOnly(0L));
            }
        }
    }

    private static long count(TestProxy proxy, ConnectionState state) {
        return proxy.stats.snapshot().connections().get(state);
    }
}
