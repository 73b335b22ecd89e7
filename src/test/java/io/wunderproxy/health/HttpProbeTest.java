package io.wunderproxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.vertx.core.Vertx;
import io.wunderproxy.health.HealthCheck.Question;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpProbeTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final Vertx vertx = Vertx.vertx();
    private final SocketProbe probe = new SocketProbe(vertx);

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private interface Responder {
        void respond(HttpExchange exchange) throws IOException;
    }

    private ProbeResult ask(String host, Responder responder) throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getByName(host), 0), 0);
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            server.setExecutor(threads);
            server.createContext("/", exchange -> {
                try (exchange) {
                    responder.respond(exchange);
                }
            });
            server.start();
            return probe.ask(new Target.At(host, server.getAddress().getPort()), check(LONG));
        } finally {
            server.stop(0);
        }
    }

    private static HealthCheck check(Duration timeout) {
        var question = new Question.Http("/up?deep", Set.of(200, 204), Map.of("X-Probe", "yes"), false);
        return new HealthCheck(question, 9292, LONG, timeout, 2, LONG);
    }

    @Test
    void it_asks_for_the_path_as_if_over_https() throws Exception {
        var asked = new CompletableFuture<String>();

        var result = ask("127.0.0.1", exchange -> {
            var headers = exchange.getRequestHeaders();
            asked.complete(exchange.getRequestMethod() + " " + exchange.getRequestURI() + " "
                    + headers.getFirst("X-Forwarded-Proto") + " " + headers.getFirst("User-Agent") + " "
                    + headers.getFirst("X-Probe"));
            exchange.sendResponseHeaders(200, -1);
        });

        assertThat(result).isEqualTo(new ProbeResult.Healthy());
        assertThat(asked.join()).isEqualTo("GET /up?deep https wunderproxy-health yes");
    }

    @Test
    void a_container_that_has_only_an_address_of_ipv6_is_asked_with_brackets_around_it() throws Exception {
        var host = new CompletableFuture<String>();

        var result = ask("::1", exchange -> {
            host.complete(exchange.getRequestHeaders().getFirst("Host"));
            exchange.sendResponseHeaders(200, -1);
        });

        assertThat(result.healthy()).as(result.toString()).isTrue();
        assertThat(host.join()).startsWith("[::1]:");
    }

    @Test
    void each_of_the_good_statuses_is_healthy() throws Exception {
        var result = ask("127.0.0.1", exchange -> exchange.sendResponseHeaders(204, -1));

        assertThat(result).isEqualTo(new ProbeResult.Healthy("returned 204"));
    }

    @Test
    void another_status_is_reported_with_where_it_leads_to_and_what_was_written() throws Exception {
        var result = ask("127.0.0.1", exchange -> {
            exchange.getResponseHeaders().set("Location", "/login");
            var body = "go  to\nlogin".getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(302, body.length);
            exchange.getResponseBody().write(body);
        });

        assertThat(result).isEqualTo(new ProbeResult.WrongStatus(302, Optional.of("/login"), "go to login"));
    }

    @Test
    void of_a_long_body_the_beginning_is_reported() throws Exception {
        var result = ask("127.0.0.1", exchange -> {
            exchange.sendResponseHeaders(500, 0);
            exchange.getResponseBody().write("x".repeat(100_000).getBytes(StandardCharsets.UTF_8));
        });

        assertThat(result.quote()).isEqualTo("x".repeat(200));
    }

    @Test
    void a_body_that_does_not_end_in_time_does_not_hide_the_status() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (var accepted = socket.accept()) {
                    accepted.getOutputStream()
                            .write("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nno table"
                                    .getBytes(StandardCharsets.UTF_8));
                    accepted.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The probe tells.
                }
            });

            var result = probe.ask(new Target.At("127.0.0.1", socket.getLocalPort()), check(Duration.ofSeconds(1)));

            assertThat(result).isEqualTo(new ProbeResult.WrongStatus(500, Optional.empty(), "no table"));
        }
    }

    @Test
    void where_nobody_listens_it_is_refused() throws Exception {
        int port;
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = socket.getLocalPort();
        }

        assertThat(probe.ask(new Target.At("127.0.0.1", port), check(LONG))).isEqualTo(new ProbeResult.Refused());
    }

    @Test
    void who_accepts_and_says_nothing_is_silent() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var timeout = Duration.ofMillis(500);

            var result = probe.ask(new Target.At("127.0.0.1", socket.getLocalPort()), check(timeout));

            assertThat(result).isEqualTo(new ProbeResult.Silent(timeout));
        }
    }

    @Test
    void a_connection_that_is_closed_without_a_response_is_broken() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> {
                try (var accepted = socket.accept()) {
                    accepted.getInputStream().read();
                } catch (IOException e) {
                    // The probe tells.
                }
            });

            assertThat(probe.ask(new Target.At("127.0.0.1", socket.getLocalPort()), check(LONG)))
                    .isInstanceOf(ProbeResult.Broken.class);
        }
    }
}
