package io.wunderproxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ConnectProbeTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private ProbeResult ask(int port) throws InterruptedException {
        var check = new HealthCheck(new HealthCheck.Question.Connect(), 5432, LONG, LONG, 2, LONG);
        return new SocketProbe(vertx).ask(new Target.At("127.0.0.1", port), check);
    }

    private static ServerSocket listener() throws IOException {
        return new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
    }

    @Test
    void who_accepts_and_waits_is_healthy() throws Exception {
        try (var socket = listener()) {
            assertThat(ask(socket.getLocalPort())).isEqualTo(new ProbeResult.Healthy("was accepted"));
        }
    }

    @Test
    void who_accepts_and_greets_is_healthy() throws Exception {
        try (var socket = listener()) {
            Thread.ofVirtual().start(() -> {
                try (var accepted = socket.accept()) {
                    accepted.getOutputStream().write("220 hello\r\n".getBytes());
                    accepted.getInputStream().readAllBytes();
                } catch (IOException e) {
                    // The probe tells.
                }
            });

            assertThat(ask(socket.getLocalPort()).healthy()).isTrue();
        }
    }

    @Test
    void a_proxy_with_nobody_behind_it_is_not_healthy() throws Exception {
        try (var socket = listener()) {
            Thread.ofVirtual().start(() -> {
                try {
                    socket.accept().close();
                } catch (IOException e) {
                    // The probe tells.
                }
            });

            assertThat(ask(socket.getLocalPort())).isInstanceOf(ProbeResult.Broken.class);
        }
    }

    @Test
    void where_nobody_listens_it_is_refused() throws Exception {
        int port;
        try (var socket = listener()) {
            port = socket.getLocalPort();
        }

        assertThat(ask(port)).isEqualTo(new ProbeResult.Refused());
    }
}
