package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.net.ConnectException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** SIGTERM: nothing new is accepted, what is open is finished, the containers run on. */
class ShutdownIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void an_open_download_is_finished_while_new_connections_are_refused() throws Exception {
        var agent = host.startAgent();
        agent.deploy(host.revision("blue").publish());
        try (var download = new Wire(agent.proxyPort())) {
            var head = download.send("GET /drip/4 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();

            agent.process().terminate();

            await("the listener to close")
                    .untilAsserted(() -> assertThatThrownBy(() -> new Wire(agent.proxyPort()).close())
                            .isInstanceOf(ConnectException.class));
            assertThat(agent.process().isAlive()).isTrue();
            assertThat(new String(download.readBody(head))).endsWith("drop 40 of 40\nend\n");
        }
        assertThat(agent.process().awaitExit(Duration.ofSeconds(10))).isZero();
    }

    @Test
    void an_idle_connection_does_not_keep_it() throws Exception {
        var agent = host.startAgent();
        agent.deploy(host.revision("blue").publish());
        try (var idle = new Wire(agent.proxyPort())) {
            idle.readBody(idle.send("GET /up HTTP/1.1\r\nHost: a\r\n\r\n").readHead());

            agent.process().terminate();

            assertThat(agent.process().awaitExit(Duration.ofSeconds(10))).isZero();
            assertThat(idle.isClosed()).isTrue();
        }
    }

    @Test
    void a_stream_without_end_keeps_it_no_longer_than_the_drain_time_out() throws Exception {
        var agent = host.startAgent("--drain-timeout", "2s");
        agent.deploy(host.revision("blue").publish());
        try (var stream = new Wire(agent.proxyPort())) {
            stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").readHead();

            agent.process().terminate();

            assertThat(agent.process().awaitExit(Duration.ofSeconds(20))).isZero();
        }
    }

    @Test
    void the_containers_run_on_and_are_adopted_at_the_next_start() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        agent.deploy(blue);
        var before = host.containers().getFirst();

        agent.process().terminate();
        assertThat(agent.process().awaitExit(Duration.ofSeconds(10))).isZero();
        assertThat(host.containers()).singleElement().matches(Engine.Container::isRunning);
        agent.restart().awaitServing(blue);

        assertThat(host.containers()).singleElement().satisfies(after -> assertThat(after.startedAt())
                .isEqualTo(before.startedAt()));
    }
}
