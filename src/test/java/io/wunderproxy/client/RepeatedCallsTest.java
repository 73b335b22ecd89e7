package io.wunderproxy.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Calls that an agent refuses while it is being replaced are repeated, and others that are refused are not. */
class RepeatedCallsTest {

    private final AtomicInteger calls = new AtomicInteger();
    private HttpServer server;

    /** A manager that refuses the first calls with 503. */
    private ManagerClient refusing(int first, boolean saysWhenToTryAgain) throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var isRefused = calls.incrementAndGet() <= first;
            var body = (isRefused ? "not now" : "done").getBytes(StandardCharsets.UTF_8);
            if (isRefused && saysWhenToTryAgain) {
                exchange.getResponseHeaders().add("Retry-After", "0");
            }
            exchange.getRequestBody().readAllBytes();
            exchange.sendResponseHeaders(isRefused ? 503 : 200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        return new ManagerClient(
                ManagerAddress.parse("127.0.0.1:" + server.getAddress().getPort()),
                new Credential(Optional.empty(), Optional.empty(), address -> {}),
                null,
                Duration.ofSeconds(10),
                Dialer.DIRECT);
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    @Test
    void a_call_is_repeated_when_the_manager_says_after_what_time() throws IOException {
        try (var manager = refusing(2, true)) {
            assertThat(manager.launch("12345678")).isEqualTo("done");
        }
        assertThat(calls).hasValue(3);
    }

    @Test
    void a_call_that_is_refused_for_another_reason_is_not_repeated() throws IOException {
        try (var manager = refusing(1, false)) {
            assertThatThrownBy(() -> manager.launch("12345678")).hasMessage("not now");
        }
        assertThat(calls).hasValue(1);
    }
}
