package io.wunderproxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.vertx.core.Vertx;
import io.wunderproxy.health.HealthCheck.Question;
import io.wunderproxy.testkit.GrpcEcho;
import io.wunderproxy.testkit.GrpcHealth;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GrpcProbeTest {

    private static final Duration LONG = Duration.ofMinutes(1);

    private final Vertx vertx = Vertx.vertx();

    @AfterEach
    void stop() {
        vertx.close().toCompletionStage().toCompletableFuture().join();
    }

    private ProbeResult ask(int port, String service, Duration timeout) throws InterruptedException {
        var check = new HealthCheck(new Question.Grpc(service, Map.of()), 9292, LONG, timeout, 2, LONG);
        return new SocketProbe(vertx).ask(new Target.At("127.0.0.1", port), check);
    }

    private ProbeResult ask(NettyServerBuilder builder, String service) throws Exception {
        Server server = builder.build().start();
        try {
            return ask(server.getPort(), service, LONG);
        } finally {
            server.shutdownNow();
        }
    }

    private ProbeResult ask(String service) throws Exception {
        var statuses = Map.of("", 1, "shop.Orders", 1, "shop.Stock", 2, "shop.New", 0);
        return ask(NettyServerBuilder.forPort(0).addService(GrpcHealth.service(statuses)), service);
    }

    @Test
    void a_server_and_a_service_that_serve_are_healthy() throws Exception {
        assertThat(ask("")).isEqualTo(new ProbeResult.Healthy("responded SERVING"));
        assertThat(ask("shop.Orders")).isEqualTo(new ProbeResult.Healthy("responded SERVING"));
    }

    @Test
    void a_service_that_does_not_serve_is_not_healthy() throws Exception {
        assertThat(ask("shop.Stock")).isEqualTo(new ProbeResult.NotServing("responded NOT_SERVING", ""));
        assertThat(ask("shop.New")).isEqualTo(new ProbeResult.NotServing("responded UNKNOWN", ""));
    }

    @Test
    void a_service_that_the_server_does_not_know_is_named_so() throws Exception {
        assertThat(ask("shop.Unknown")).isInstanceOfSatisfying(ProbeResult.NotServing.class, result -> {
            assertThat(result.describe()).contains("NOT_FOUND");
            assertThat(result.quote()).contains("who is that?");
        });
    }

    @Test
    void a_server_without_the_health_service_is_named_so() throws Exception {
        var result =
                ask(NettyServerBuilder.forPort(0).addService(GrpcEcho.service().build()), "");

        assertThat(result.describe()).contains("UNIMPLEMENTED", "register");
    }

    @Test
    void a_server_that_speaks_http_alone_is_not_healthy() throws Exception {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            exchange.sendResponseHeaders(200, -1);
            exchange.close();
        });
        server.start();
        try {
            assertThat(ask(server.getAddress().getPort(), "", LONG).healthy()).isFalse();
        } finally {
            server.stop(0);
        }
    }

    @Test
    void who_accepts_and_says_nothing_is_silent() throws Exception {
        try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var result = ask(socket.getLocalPort(), "", Duration.ofMillis(500));

            assertThat(result.unresponsive()).as(result.toString()).isTrue();
        }
    }
}
