package io.wunderproxy.blackbox;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/**
 * Containers that never serve: the response says why, as a colleague would, the container is gone afterwards, and whoever
 * served before serves on.
 */
class FailedLaunchIT {
    @RegisterExtension
    static final Host HOST = Host.withDirectoryStore();

    private static Agent agent;
    private static Revision.Published serving;

    @BeforeAll
    static void a_revision_serves() {
        agent = HOST.startAgent();
        serving = HOST.revision("serving").publish();
        agent.deploy(serving);
    }

    @AfterEach
    void it_serves_on_and_nothing_else_is_left() {
        assertThat(agent.get("/revision").body()).isEqualTo(serving.revision());
        await().untilAsserted(() -> assertThat(HOST.containerNames()).containsExactly(serving.revision()));
    }

    @TempDir
    Path directory;

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private static Revision failing() {
        return HOST.revision("failing-" + NUMBER.incrementAndGet()).deadline("2s");
    }

    @Test
    void that_exits_fails_at_once_with_its_exit_code_and_its_last_lines() {
        var began = Instant.now();

        var response = agent.launch(failing()
                .deadline("1m")
                .env("LOG_LINES", "30")
                .env("EXIT_CODE", "42")
                .publish());

        assertThat(response.status()).isEqualTo(409);
        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(20));
        assertThat(response.body())
                .contains("42")
                .contains("webapp: cannot start, exiting with 42")
                .contains("log line 30")
                .contains("log line 12")
                .doesNotContain("log line 11\n");
    }

    @Test
    void that_never_listens_fails_at_the_deadline() {
        var response = agent.launch(failing().env("NO_LISTEN", "1").publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).containsIgnoringCase("listen").contains("9292");
    }

    @Test
    void that_listens_on_another_port_is_reported() {
        var response = agent.launch(failing().env("LISTEN_PORT", "3000").publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).contains("9292").contains("3000");
    }

    @Test
    void that_returns_500_is_quoted() {
        var response = agent.launch(failing()
                .argument("UP_STATUS", "500")
                .argument("UP_BODY", "no such table: users")
                .publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).contains("500").contains("no such table: users");
    }

    @Test
    void that_redirects_is_quoted_with_the_target() {
        var response = agent.launch(failing()
                .argument("UP_STATUS", "301")
                .argument("UP_LOCATION", "https://shop.example/up")
                .publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).contains("301").contains("https://shop.example/up");
    }

    @Test
    void that_listens_where_nobody_reaches_it_gets_an_address_to_listen_on() {
        var loopback = agent.launch(failing().argument("LISTEN_ON", "127.0.0.1").publish());
        var six = agent.launch(failing().argument("LISTEN_ON", "::").publish());

        assertThat(loopback.status()).isEqualTo(504);
        assertThat(loopback.body()).contains("only on 127.0.0.1").contains("listen on 0.0.0.0");
        assertThat(six.status()).isEqualTo(504);
        assertThat(six.body()).contains("for IPv6 only").contains("listen on 0.0.0.0");
    }

    @Test
    void that_refuses_the_probe_for_its_host_or_its_credentials_gets_a_header_to_ask_for() {
        var rails = agent.launch(failing()
                .argument("UP_STATUS", "403")
                .argument("UP_BODY", "<h1>Blocked hosts: 172.17.0.2:9292</h1>")
                .publish());
        var guarded = agent.launch(failing().argument("UP_STATUS", "401").publish());

        assertThat(rails.status()).isEqualTo(504);
        assertThat(rails.body()).contains("403").contains("config.hosts").contains("HealthCheck.Headers");
        assertThat(guarded.status()).isEqualTo(504);
        assertThat(guarded.body()).contains("401").contains("credentials");
    }

    @Test
    void that_is_made_for_another_processor_fails_at_once() throws Exception {
        var foreign = failing().deadline("5m").archive(WebApp.archiveForAnotherProcessor(directory));
        var began = Instant.now();

        var response = agent.launch(foreign.publish());

        assertThat(Duration.between(began, Instant.now())).isLessThan(Duration.ofSeconds(20));
        assertThat(response.status()).isIn(409, 502);
        assertThat(response.body()).contains("exec format error").contains("kind of processor");
    }

    @Test
    void that_has_nothing_at_the_path_gets_the_path_to_correct() {
        var response = agent.launch(
                failing().with(json -> json.put("HealthCheckPath", "nowhere")).publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).contains("nothing at /nowhere");
    }

    @Test
    void that_accepts_and_says_nothing_is_called_silent() {
        var response = agent.launch(failing()
                .with(json -> json.withObject("/HealthCheck").put("Timeout", "500ms"))
                .env("SILENT", "1")
                .publish());

        assertThat(response.status()).isEqualTo(504);
        assertThat(response.body()).containsIgnoringCase("accept").contains("9292");
    }

    @Test
    void whose_image_is_nowhere_fails_with_the_images_name() {
        HOST.registry().start();
        var nowhere = failing().withoutImage().publish();

        var response = agent.launch(nowhere);

        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).contains(nowhere.image());
    }

    @Test
    void whose_registry_is_down_fails_with_the_images_name() {
        HOST.registry().start();
        var absent = failing().pushed().publish();
        HOST.registry().stop();

        var response = agent.launch(absent);

        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body().lines()).hasSize(1);
        assertThat(response.body()).contains(absent.image());
    }

    @Test
    void that_the_engine_refuses_to_start_fails_with_the_engines_words() {
        var response = agent.launch(failing()
                .with(json -> json.withObject("/ContainerConfig")
                        .putArray("Entrypoint")
                        .add("/no-such-program"))
                .publish());

        assertThat(response.status()).isEqualTo(502);
        assertThat(response.body()).contains("/no-such-program");
    }

    @Test
    void can_be_launched_again_when_what_was_wrong_is_fixed() {
        HOST.registry().start();
        var late = failing().pushed().publish();
        HOST.registry().stop();
        assertThat(agent.launch(late).status()).isEqualTo(502);
        HOST.registry().start();

        assertThat(agent.launch(late).status()).isEqualTo(200);

        HOST.engine().remove(late.revision());
    }
}
