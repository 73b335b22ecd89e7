package io.wunderproxy.health;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.vertx.core.Vertx;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class HealthProberTest {

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
        var vertx = Vertx.vertx();
        try {
            var port = server.getAddress().getPort();
            var check = new HealthCheck(
                    "/up",
                    port,
                    Duration.ofSeconds(1),
                    Duration.ofSeconds(60),
                    1,
                    Duration.ofSeconds(60),
                    Map.of(),
                    false);

            var result =
                    new HealthProber(vertx, Clock.systemUTC()).probe(new HealthProber.Target.At("::1", port), check);

            assertThat(result.healthy()).as(result.toString()).isTrue();
            assertThat(host.join()).isEqualTo("[::1]:" + port);
        } finally {
            vertx.close().toCompletionStage().toCompletableFuture().join();
            server.stop(0);
        }
    }
}
