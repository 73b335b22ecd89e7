package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From one revision to the next: what is refused, what finishes where, and what becomes of the old container. */
class SwitchIT {

    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void the_old_container_and_its_image_go_when_nobody_uses_them() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);

        agent.deploy(green);

        await().until(() -> host.containerNames().equals(java.util.List.of(green.revision())));
        await().until(() -> host.engine().imageTags(host.app()).equals(java.util.List.of(green.image())));
    }

    @Test
    void an_image_stays_as_long_as_the_new_revision_uses_it() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").image(blue.image()).publish();
        agent.deploy(blue);

        agent.deploy(green);

        await().until(() -> host.containerNames().equals(java.util.List.of(green.revision())));
        assertThat(host.engine().imageTags(host.app())).contains(blue.image());
        assertThat(agent.get("/revision").status()).isEqualTo(200);
    }

    @Test
    void what_a_revision_says_of_its_proxying_holds_from_the_switch_on_and_goes_back_with_a_rollback() {
        var agent = host.startAgent();
        var blue = host.revision("blue").pushed().publish();
        var green = host.revision("green")
                .with(json ->
                        json.putObject("Proxy").putObject("ResponseHeaders").put("X-Frame-Options", "DENY"))
                .publish();
        var guarded = host.revision("guarded")
                .with(json -> json.putObject("Proxy").putObject("BasicAuth").put("File", "/none/htpasswd"))
                .publish();
        agent.deploy(blue).launch(green);
        assertThat(agent.get("/revision").header("X-Frame-Options")).isEmpty();

        agent.switchTo(green);
        assertThat(agent.get("/revision").header("X-Frame-Options")).contains("DENY");
        agent.restart();
        agent.awaitServing(green);
        assertThat(agent.get("/revision").header("X-Frame-Options")).contains("DENY");

        var refused = agent.launch(guarded);
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.body()).contains("/none/htpasswd can't be used: it is not on this host");
        assertThat(agent.get("/revision").revision()).isEqualTo(green.revision());

        agent.deploy(blue);
        assertThat(agent.get("/revision").header("X-Frame-Options")).isEmpty();
    }

    @Test
    void a_hash_that_was_never_launched_is_refused() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);

        assertThat(agent.switchTo(green).status()).isEqualTo(409);
        assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
    }

    @Test
    void a_container_that_no_longer_responds_is_refused() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);
        agent.launch(green);

        host.engine().stop(green.revision());
        var response = agent.switchTo(green);

        assertThat(response.status()).isEqualTo(409);
        assertThat(response.body().strip().lines()).hasSize(1);
        assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
    }

    @Test
    void a_request_in_flight_finishes_where_it_began() throws Exception {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);
        try (var download = new Wire(agent.proxyPort())) {
            var head = download.send("GET /drip/4 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            var began = Instant.now();

            agent.switchTo(green);

            assertThat(Duration.between(began, Instant.now()))
                    .as("the switch does not wait for it")
                    .isLessThan(Duration.ofSeconds(3));
            assertThat(agent.get("/revision").revision()).isEqualTo(green.revision());
            assertThat(new String(download.readBody(head))).endsWith("drop 40 of 40\nend\n");
            assertThat(head.header("X-Revision")).isEqualTo(blue.revision());
        }
        await().until(() -> host.containerNames().equals(java.util.List.of(green.revision())));
    }

    @Test
    void a_stream_continues_until_the_drain_timeout_and_the_old_container_goes_then() throws Exception {
        var agent = host.startAgent("--drain-timeout", "3s");
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);
        try (var stream = new Wire(agent.proxyPort())) {
            stream.send("GET /events HTTP/1.1\r\nHost: a\r\n\r\n").readHead();

            agent.switchTo(green);
            var switched = Instant.now();
            for (int i = 0; i < 10; i++) {
                assertThat(new String(stream.readChunk())).contains("data: " + blue.revision());
            }
            assertThat(host.containerNames()).contains(blue.revision());

            await().until(() -> !host.containerNames().contains(blue.revision()));
            assertThat(Duration.between(switched, Instant.now())).isGreaterThan(Duration.ofMillis(2900));
        }
    }

    @Test
    void an_upgraded_connection_continues_after_the_switch() throws Exception {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);
        try (var socket = new Wire(agent.proxyPort())) {
            socket.send("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                    + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
            var head = socket.readHead();
            assertThat(head.header("Sec-WebSocket-Accept")).isEqualTo("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");

            agent.switchTo(green);
            socket.send(new byte[] {(byte) 0x81, (byte) 0x82, 0, 0, 0, 0, 'h', 'i'});

            assertThat(socket.readBytes(4)).isEqualTo(new byte[] {(byte) 0x81, 2, 'h', 'i'});
            assertThat(host.containerNames()).contains(blue.revision());
        }
        await().until(() -> host.containerNames().equals(java.util.List.of(green.revision())));
    }

    @Test
    void back_to_a_revision_that_still_drains_works_at_once_and_keeps_it() throws Exception {
        var agent = host.startAgent("--drain-timeout", "5s");
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue).launch(green);
        var container = host.containers().stream()
                .filter(one -> one.name().equals(blue.revision()))
                .findFirst()
                .orElseThrow();
        try (var stream = new Wire(agent.proxyPort())) {
            stream.send("GET /drip/2 HTTP/1.1\r\nHost: a\r\n\r\n").readHead();
            agent.switchTo(green);

            assertThat(agent.switchTo(blue).status()).isEqualTo(200);

            assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
        }
        await("the other one to retire").until(() -> host.containerNames().equals(java.util.List.of(blue.revision())));
        assertThat(host.containers()).singleElement().satisfies(left -> {
            assertThat(left.id()).isEqualTo(container.id());
            assertThat(left.startedAt()).isEqualTo(container.startedAt());
        });
        assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
    }

    @Test
    void an_application_that_ignores_sigterm_is_killed_after_the_stop_time_out() {
        var agent = host.startAgent("--stop-timeout", "2s");
        var blue = host.revision("blue").env("IGNORE_TERM", "1").publish();
        var green = host.revision("green").publish();
        agent.deploy(blue);

        agent.deploy(green);
        var switched = Instant.now();

        await().until(() -> host.containerNames().equals(java.util.List.of(green.revision())));
        assertThat(Duration.between(switched, Instant.now())).isGreaterThan(Duration.ofMillis(1900));
    }

    @Test
    void to_the_active_revision_itself_changes_nothing() {
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();
        agent.deploy(blue);
        var before = host.containers().getFirst();

        assertThat(agent.switchTo(blue).status()).isEqualTo(200);

        assertThat(agent.get("/revision").revision()).isEqualTo(blue.revision());
        assertThat(host.containers()).singleElement().satisfies(after -> assertThat(after.id())
                .isEqualTo(before.id()));
    }
}
