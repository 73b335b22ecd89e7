package io.wunderproxy.proxy;

import static io.wunderproxy.proxy.TestBackend.ok;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.proxy.routing.DrainResult;
import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** No request is lost when backends are switched under load, and each one sees the backend that was active. */
@OnEveryLane
class SwitchUnderLoadTest {
    private static final int CLIENTS = 32;
    private static final int SWITCHES = 30;

    @Test
    void loses_no_request() throws Exception {
        var revision = new AtomicInteger();
        var stop = new CountDownLatch(1);
        try (var proxy = TestProxy.start();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var old = revision(0);
            proxy.to(old);
            var clients = new ArrayList<Future<Integer>>();
            for (var i = 0; i < CLIENTS; i++) {
                var number = i;
                clients.add(threads.submit(() -> requests(proxy, number, revision, stop)));
            }
            for (var next = 1; next <= SWITCHES; next++) {
                var served = proxy.stats.snapshot().sinceStart().requests();
                var backend = revision(next);
                proxy.to(backend);
                revision.set(next);
                assertThat(proxy.active.drained(old.backend()).get(20, TimeUnit.SECONDS))
                        .isEqualTo(DrainResult.DRAINED);
                old.close();
                old = backend;
                await().pollInterval(Duration.ofMillis(1))
                        .until(() -> proxy.stats.snapshot().sinceStart().requests() >= served + CLIENTS);
            }
            stop.countDown();
            for (var client : clients) {
                assertThat(client.get(20, TimeUnit.SECONDS)).isPositive();
            }
            assertThat(proxy.stats.snapshot().sinceStart().byStatusClass().get(4))
                    .isZero();
            old.close();
        }
    }

    private static TestBackend revision(int number) throws Exception {
        return TestBackend.responding(request -> ok(number + " " + request.body()));
    }

    private static int requests(TestProxy proxy, int number, AtomicInteger revision, CountDownLatch stop)
            throws Exception {
        var body = "x".repeat(number * 1000);
        var requests = 0;
        try (var client = proxy.connect()) {
            for (; stop.getCount() > 0; requests++) {
                var atLeast = revision.get();
                var response = number % 2 == 0
                        ? client.get("/").read()
                        : client.post("/", body).read();
                assertThat(response.status()).isEqualTo(200);
                var parts = response.body().split(" ", 2);
                assertThat(Integer.parseInt(parts[0])).isGreaterThanOrEqualTo(atLeast);
                assertThat(parts[1]).isEqualTo(number % 2 == 0 ? "" : body);
            }
        }
        return requests;
    }
}
