package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The measuring instrument itself, without an agent in between: it counts what is right and sees what is wrong. */
class LoadIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void finds_nothing_wrong_with_an_application_that_responds() {
        try (var load = Load.start(startApplication(), 8, 1)) {
            await("some responses").until(() -> load.size() > 200);

            assertThat(load.end())
                    .allSatisfy(exchange -> assertThat(exchange.failure()).isEmpty())
                    .anySatisfy(exchange -> assertThat(exchange.request()).isEqualTo("GET /bytes/1048576"))
                    .anySatisfy(exchange -> assertThat(exchange.request()).isEqualTo("POST /echo"))
                    .anySatisfy(exchange -> assertThat(exchange.request()).isEqualTo("GET /drip/5"));
        }
    }

    @Test
    void sees_requests_and_downloads_that_are_cut_off() {
        try (var load = Load.start(startApplication(), 8, 1)) {
            await("some responses").until(() -> load.size() > 200);

            host.engine().kill(host.unique("app"));

            await("failures").until(() -> load.failures().stream()
                    .map(Load.Exchange::request)
                    .distinct()
                    .toList()
                    .containsAll(java.util.List.of("GET /drip/5", "connect")));
        }
    }

    private int startApplication() {
        int port = Ports.free();
        var image = host.image("app");
        host.engine().buildImage(image);
        host.engine().run(host.unique("app"), image, "--publish", "127.0.0.1:" + port + ":9292");
        await("the application").until(() -> RegistryServer.isListening(port));
        return port;
    }
}
