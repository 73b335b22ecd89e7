package io.wunderproxy.health;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.Vertx;
import io.wunderproxy.health.HealthProber.Outcome;
import io.wunderproxy.health.HealthProber.Target;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HealthProberTest {

    private final Vertx vertx = Vertx.vertx();
    private final HealthProber prober = new HealthProber(vertx);
    private final AtomicInteger status = new AtomicInteger(503);
    private final CountDownLatch slow = new CountDownLatch(1);

    /** When requests came, and when their responses were sent. */
    private final List<Long> asked = Collections.synchronizedList(new ArrayList<>());

    private final List<Long> responded = Collections.synchronizedList(new ArrayList<>());
    private volatile Duration takes = Duration.ZERO;

    /** Whether responses have a body, another one each time. */
    private volatile boolean writes;

    private HttpServer application;

    @BeforeEach
    void start() throws IOException {
        application = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        application.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        application.createContext("/", exchange -> {
            asked.add(System.nanoTime());
            try {
                slow.await(takes.toMillis(), java.util.concurrent.TimeUnit.MILLISECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            responded.add(System.nanoTime());
            var text = "request " + asked.size();
            exchange.sendResponseHeaders(status.get(), writes ? text.length() : -1);
            if (writes) {
                exchange.getResponseBody().write(text.getBytes(StandardCharsets.US_ASCII));
            }
            exchange.close();
        });
        application.start();
    }

    @AfterEach
    void stop() {
        application.stop(0);
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    @Test
    void an_application_that_is_not_healthy_yet_is_asked_often_for_as_long_as_it_takes() throws Exception {
        var outcome = confirm(Duration.ofSeconds(1));
        await().until(() -> asked.size() > 20);
        status.set(200);

        assertThat(outcome.get()).isEqualTo(new Outcome.Confirmed());
        // Most pauses may be longer on a machine with other work, but those that grow are all long.
        assertThat(pauses(20)).filteredOn(pause -> pause.toMillis() < 100).hasSizeGreaterThanOrEqualTo(5);
    }

    @Test
    void an_application_that_responds_slowly_gets_pauses_as_long_as_its_responses_take() throws Exception {
        takes = Duration.ofMillis(300);
        var outcome = confirm(Duration.ofSeconds(1));
        await().until(() -> asked.size() > 4);
        status.set(200);

        assertThat(outcome.get()).isEqualTo(new Outcome.Confirmed());
        assertThat(pauses(4)).allSatisfy(pause -> assertThat(pause).isGreaterThan(Duration.ofMillis(250)));
    }

    @Test
    void no_pause_is_longer_than_the_interval_of_the_check() throws Exception {
        takes = Duration.ofSeconds(1);
        var outcome = confirm(Duration.ofMillis(20));
        await().until(() -> asked.size() > 4);
        status.set(200);

        assertThat(outcome.get()).isEqualTo(new Outcome.Confirmed());
        assertThat(pauses(4)).anySatisfy(pause -> assertThat(pause).isLessThan(Duration.ofMillis(900)));
    }

    @Test
    void a_response_whose_text_changes_each_time_is_told_once() throws Exception {
        writes = true;
        var news = Collections.synchronizedList(new ArrayList<ProbeResult>());
        var outcome = confirm(Duration.ofSeconds(1), news::add);
        await().until(() -> asked.size() > 4);
        status.set(200);

        assertThat(outcome.get()).isEqualTo(new Outcome.Confirmed());
        assertThat(news).extracting(ProbeResult::describe).containsExactly("answered 503", "answered 200");
    }

    @Test
    void a_container_that_can_not_be_asked_is_unreachable_for_the_reason_given() throws Exception {
        var check = check(Duration.ofSeconds(1), Duration.ofMillis(200));
        var news = new ArrayList<ProbeResult>();

        var outcome = prober.confirm(
                () -> new Target.Nowhere("somebody else listens there"), check, new CompletableFuture<>(), news::add);

        var unreachable = new ProbeResult.Unreachable("somebody else listens there");
        assertThat(outcome).isEqualTo(new Outcome.TooLate(unreachable));
        assertThat(news).containsExactly(unreachable);
    }

    @Test
    void a_container_that_has_only_an_address_of_ipv6_is_asked_with_brackets_around_it() throws Exception {
        var host = new CompletableFuture<String>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName("::1"), 0), 0);
        server.createContext("/up", exchange -> {
            host.complete(exchange.getRequestHeaders().getFirst("Host"));
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        try {
            var port = server.getAddress().getPort();

            var result = prober.probe(new Target.At("::1", port), check(Duration.ofSeconds(1), Duration.ofSeconds(60)));

            assertThat(result.healthy()).as(result.toString()).isTrue();
            assertThat(host.join()).isEqualTo("[::1]:" + port);
        } finally {
            server.stop(0);
        }
    }

    private CompletableFuture<Outcome> confirm(Duration interval) {
        return confirm(interval, result -> {});
    }

    private CompletableFuture<Outcome> confirm(Duration interval, Consumer<ProbeResult> news) {
        var outcome = new CompletableFuture<Outcome>();
        var address = application.getAddress();
        Thread.ofVirtual().start(() -> {
            try {
                outcome.complete(prober.confirm(
                        () -> new Target.At(address.getHostString(), address.getPort()),
                        check(interval, Duration.ofMinutes(2)),
                        new CompletableFuture<>(),
                        news));
            } catch (InterruptedException | RuntimeException e) {
                outcome.completeExceptionally(e);
            }
        });
        return outcome;
    }

    private static HealthCheck check(Duration interval, Duration deadline) {
        return new HealthCheck("/up", 9292, interval, Duration.ofSeconds(10), 2, deadline, Map.of(), false);
    }

    /** From the response to the next request. */
    private List<Duration> pauses(int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Duration.ofNanos(asked.get(i + 1) - responded.get(i)))
                .toList();
    }
}
