package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.github.dockerjava.api.exception.DockerException;
import com.github.dockerjava.transport.DockerHttpClient.Request.Method;
import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.container.EngineException.Kind;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EngineCallsTest {

    private HttpServer server;
    private EngineCalls calls;
    private volatile String version;
    private volatile int pings;

    @BeforeEach
    void an_engine() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/_ping", exchange -> {
            pings++;
            if (version != null) {
                exchange.getResponseHeaders().set("Api-Version", version);
            }
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        calls = new EngineCalls("tcp://127.0.0.1:" + server.getAddress().getPort());
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String path() throws EngineException {
        return calls.request(Method.GET, "/info").build().path();
    }

    private static void assertKind(ThrowingCallable call, Kind kind, String message) {
        assertThatThrownBy(call)
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(kind))
                .hasMessage(message);
    }

    // ---- versions ----

    @Test
    void an_older_engine_is_spoken_to_in_its_own_version() throws Exception {
        version = "1.41";

        assertThat(path()).isEqualTo("/v1.41/info");
    }

    @Test
    void a_newer_engine_is_spoken_to_in_the_newest_version_that_is_known() throws Exception {
        version = "1.52";

        assertThat(path()).isEqualTo("/v1.47/info");
    }

    @Test
    void an_engine_that_does_not_tell_its_version_is_taken_for_an_old_one() throws Exception {
        assertThat(path()).isEqualTo("/v1.41/info");
    }

    @Test
    void the_version_is_asked_again_after_the_engine_was_away() throws Exception {
        version = "1.43";
        path();
        path();
        assertThat(pings).isOne();

        version = "1.44";
        assertKind(
                () -> calls.call("do it", Duration.ofSeconds(10), client -> {
                    throw new IOException("outer", new IOException("broken\npipe"));
                }),
                Kind.UNAVAILABLE,
                "cannot reach Docker at " + calls.host() + ": broken pipe; is it running, and may this user use it?");

        assertThat(path()).isEqualTo("/v1.44/info");
    }

    // ---- failures ----

    @Test
    void a_refusal_is_reported_in_the_engine_s_words() {
        assertKind(
                () -> calls.call("do it", Duration.ofSeconds(10), client -> {
                    throw new DockerException("Status 500: {\"message\":\"I won't\"}", 500);
                }),
                Kind.REFUSED,
                "Docker can't do it: I won't");
    }

    @Test
    void a_failure_that_is_known_is_passed_on() {
        var known = new EngineException(Kind.NAME_TAKEN, "taken", null);

        assertThatThrownBy(() -> calls.call("do it", Duration.ofSeconds(10), client -> {
                    throw known;
                }))
                .isSameAs(known);
    }

    @Test
    void an_engine_that_is_not_there_is_unavailable() {
        server.stop(0);

        assertThatThrownBy(() -> calls.client())
                .isInstanceOfSatisfying(
                        EngineException.class, e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
                .hasMessageStartingWith("cannot reach Docker at " + calls.host() + ": ")
                .hasMessageEndingWith("; is it running, and may this user use it?");
    }

    @Test
    void a_call_that_takes_too_long_is_interrupted() throws Exception {
        var began = new CountDownLatch(1);
        var interrupted = new CountDownLatch(1);

        assertKind(
                () -> calls.call("do it", Duration.ofMillis(100), client -> {
                    began.countDown();
                    try {
                        Patience.await(new CountDownLatch(1));
                        return null;
                    } catch (InterruptedException e) {
                        interrupted.countDown();
                        throw e;
                    }
                }),
                Kind.UNAVAILABLE,
                "Docker at " + calls.host() + " did not respond within 0 s (do it)");
        // On a busy machine, it may be cancelled before it begins.
        await().until(() -> began.getCount() > 0 || interrupted.getCount() == 0);
    }

    @Test
    void whoever_is_interrupted_while_waiting_stays_so() {
        Thread.currentThread().interrupt();

        assertKind(
                () -> calls.within(Duration.ofSeconds(10), "do it", () -> {
                    Patience.await(new CountDownLatch(1));
                    return null;
                }),
                Kind.UNAVAILABLE,
                "interrupted (do it)");
        assertThat(Thread.interrupted()).isTrue();
    }
}
