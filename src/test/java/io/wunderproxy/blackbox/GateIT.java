package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** The gates that the tests of interruptions stand on: transparent by default, and exact when closed. */
class GateIT {
    @RegisterExtension
    final Host host = Host.withS3Store().behindStoreGate().behindDockerGate();

    private Engine throughGate() {
        return new Engine(host.dockerHost());
    }

    @Test
    void passes_everything_on_by_default() {
        throughGate().buildImage(host.image("app"));

        assertThat(host.engine().imageTags(host.app())).containsExactly(host.image("app"));
        assertThat(host.dockerGate().seen()).anyMatch(DockerCall.PULL);
    }

    @Test
    void holds_a_call_before_it_reaches_the_engine() {
        host.engine().buildImage(host.image("app"));
        var start = host.dockerGate().hold(Gate.Moment.BEFORE, DockerCall.START);
        var run = CompletableFuture.runAsync(() -> throughGate().run(host.unique("app"), host.image("app")));
        start.awaitArrival();

        assertThat(host.containers()).singleElement().matches(container -> !container.isRunning());

        start.release();
        run.join();
        assertThat(host.containers()).singleElement().matches(Engine.Container::isRunning);
    }

    @Test
    void holds_the_response_to_a_call_that_the_engine_has_done() {
        host.engine().buildImage(host.image("app"));
        var start = host.dockerGate().hold(Gate.Moment.AFTER, DockerCall.START);
        var run = CompletableFuture.runAsync(() -> throughGate().run(host.unique("app"), host.image("app")));
        start.awaitArrival();

        assertThat(host.containers()).singleElement().matches(Engine.Container::isRunning);
        assertThat(run).isNotDone();

        start.release();
        run.join();
    }

    @Test
    void shortens_a_response() throws IOException {
        host.storeGate().truncate(20, line -> line.startsWith("GET"));

        try (var wire = new Wire(
                Integer.parseInt(host.storeEnvironment().get("AWS_ENDPOINT_URL").replaceAll(".*:", "")))) {
            wire.send("GET / HTTP/1.1\r\nHost: s3\r\n\r\n");

            assertThat(wire.readBytes(20)).hasSize(20);
            assertThat(wire.isClosed()).isTrue();
        }
    }
}
