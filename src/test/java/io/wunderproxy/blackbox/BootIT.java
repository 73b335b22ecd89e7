package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/** From nothing, or from what an earlier run left behind, to a proxy that serves. */
class BootIT {
    @RegisterExtension
    final Host host = Host.withDirectoryStore();

    @Test
    void launches_the_current_configuration() {
        var blue = host.revision("blue").publish();
        var agent = host.serving(blue).awaitReady();
        assertThat(agent.status().at("/Active/Hash").asText()).isEqualTo(blue.hash());
    }

    @Test
    void starts_with_no_backend_when_there_is_no_current_configuration() {
        var agent = host.startAgent();

        await().untilAsserted(() -> assertThat(agent.get("/").status()).isEqualTo(404));
        assertThat(host.containers()).isEmpty();
    }

    @Test
    void returns_503_with_retry_after_until_the_first_container_is_healthy() {
        var blue = host.revision("blue").env("START_DELAY", "4").publish();
        host.store().putCurrent(blue.json());

        var agent = host.startAgent();

        var early = agent.get("/");
        assertThat(early.status()).isEqualTo(503);
        assertThat(early.header("Retry-After")).isPresent();
        assertThat(agent.ready().status()).isEqualTo(503);
        agent.awaitServing(blue);
    }

    @Test
    void adopts_a_container_that_runs_without_restarting_it() {
        var blue = host.revision("blue").publish();
        var agent = host.serving(blue);
        var before = host.containers().getFirst();
        agent.kill();

        agent.restart().awaitServing(blue);

        assertThat(host.containers()).singleElement().satisfies(after -> {
            assertThat(after.id()).isEqualTo(before.id());
            assertThat(after.startedAt()).isEqualTo(before.startedAt());
        });
    }

    @Test
    void adopts_it_even_when_the_state_directory_is_lost() {
        var blue = host.revision("blue").publish();
        var agent = host.serving(blue);
        var before = host.containers().getFirst();
        agent.kill();
        new Directory(host.stateDirectory()).close();

        var other =
                host.startAgent("--state-dir", host.directory().resolve("fresh").toString());

        other.awaitServing(blue);
        assertThat(host.containers()).singleElement().satisfies(after -> assertThat(after.id())
                .isEqualTo(before.id()));
    }

    @Test
    void starts_a_container_that_is_stopped() {
        var blue = host.revision("blue").publish();
        var agent = host.serving(blue);
        var before = host.containers().getFirst();
        agent.kill();
        host.engine().stop(before.id());

        agent.restart().awaitServing(blue);

        assertThat(host.containers()).singleElement().satisfies(after -> {
            assertThat(after.id()).isEqualTo(before.id());
            assertThat(after.isRunning()).isTrue();
        });
    }

    @Test
    void removes_old_containers_of_the_application() {
        host.engine().buildImage(host.image("old"));
        host.engine().run(host.unique("old"), host.image("old"), "--volume", "/data");
        var volume =
                host.containers().getFirst().inspected().at("/Mounts/0/Name").asText();
        host.engine().run(host.unique("older"), host.image("old"));
        host.engine().stop(host.unique("older"));
        var blue = host.revision("blue").publish();
        var agent = host.serving(blue);
        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(blue.revision()));
        // It may hold somebody's data.
        Command.run("docker", "volume", "rm", volume);
    }

    @Test
    void leaves_alone_what_somebody_runs_by_hand_even_when_it_is_named_like_a_revision() {
        var agent = host.startAgent();
        agent.deploy(host.revision("blue").publish());
        var green = host.revision("green").publish();
        var byHand = host.engine()
                .run(green.revision(), green.image(), "--env", "REVISION=" + green.revision())
                .strip();
        agent.kill();

        agent.restart().deploy(green);

        assertThat(agent.get("/revision").body()).isEqualTo(green.revision());
        await().until(() -> host.containers().size() == 2);
        assertThat(host.containers())
                .filteredOn(Engine.Container::isRunning)
                .extracting(Engine.Container::id)
                .hasSize(2)
                .contains(byHand);
    }

    @Test
    void keeps_trying_what_served_when_there_is_no_current_configuration() {
        var blue = host.revision("blue").publish();
        var agent = host.startAgent();
        agent.deploy(blue);
        agent.kill();
        host.engine().remove(blue.revision());
        host.engine().removeImage(blue.image());
        for (var start = 0; start < 2; start++) {
            agent.restart();
            await().atMost(LONG).untilAsserted(() -> assertThat(agent.log()).contains("trying again"));
            assertThat(agent.get("/").status()).isEqualTo(503);
            agent.kill();
        }

        host.engine().buildImage(blue.image());

        agent.restart().awaitServing(blue);
    }

    @Test
    void continues_with_what_it_last_switched_to_and_shows_the_drift() {
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        var agent = host.serving(blue);
        agent.deploy(green);
        await().until(() -> host.containers().size() == 1);
        var before = host.containers().getFirst();
        agent.kill();

        agent.restart().awaitServing(green);

        assertThat(host.containers()).singleElement().satisfies(after -> {
            assertThat(after.id()).isEqualTo(before.id());
            assertThat(after.startedAt()).isEqualTo(before.startedAt());
        });
        await().untilAsserted(() -> {
            var drift = agent.status().path("Drift");
            assertThat(drift.path("Active").asText()).isEqualTo(green.hash());
            assertThat(drift.path("Current").asText()).isEqualTo(blue.hash());
        });
    }

    @Test
    void leaves_the_history_of_the_store_as_it_is() throws Exception {
        var history =
                "[{\"Revision\":\"blue\",\"DeployedAt\":\"2026-01-01T00:00:00Z\",\"DeployedBy\":\"ann\",\"Hash\":\"x\"}]";
        host.store().put("history.json", history);
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        host.store().putCurrent(blue.json());

        host.startAgent().awaitServing(blue).deploy(green);

        assertThat(host.store().path("history.json")).hasContent(history);
    }

    @Test
    void shows_no_drift_when_there_is_none() {
        var blue = host.revision("blue").publish();
        var agent = host.serving(blue);

        assertThat(agent.status().path("Drift").isNull()).isTrue();
    }

    @Test
    void launches_the_current_configuration_when_the_last_container_is_gone() {
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        var agent = host.startAgent();
        agent.deploy(green);
        agent.kill();
        host.engine().remove(green.revision());
        host.store().putCurrent(blue.json());

        agent.restart().awaitServing(blue);

        assertThat(host.containerNames()).containsExactly(blue.revision());
    }

    @Test
    void launches_the_current_configuration_after_a_boot_of_the_machine() {
        var blue = host.revision("blue").publish();
        var green = host.revision("green").publish();
        var agent = host.startAgent();
        agent.deploy(green);
        agent.kill();
        host.engine().stop(green.revision()); // as all containers are after a boot
        host.store().putCurrent(blue.json());

        agent.restart().awaitServing(blue);

        await().untilAsserted(() -> assertThat(host.containerNames()).containsExactly(blue.revision()));
    }

    @Test
    void waits_for_an_engine_that_is_not_up_yet() {
        var blue = host.revision("blue").publish();
        host.store().putCurrent(blue.json());
        var socket = host.directory().resolve("late.sock");
        var agent = host.startAgent("--docker-host", "unix://" + socket);

        var early = agent.get("/");
        assertThat(early.status()).isEqualTo(503);
        assertThat(early.header("Retry-After")).isPresent();
        assertThat(agent.ready().status()).isEqualTo(503);
        await().untilAsserted(() ->
                assertThat(agent.status().path("DockerState").asText()).isNotEqualTo("Ok"));
        assertThat(agent.launch(blue).status()).isEqualTo(503);
        assertThat(agent.log()).containsIgnoringCase("docker");

        host.closeLater(Gate.onUnixSocket(socket, Path.of("/var/run/docker.sock")));

        agent.awaitServing(blue).awaitReady();
        assertThat(agent.status().path("DockerState").asText()).isEqualTo("Ok");
    }

    @Test
    void a_current_configuration_that_cannot_be_run_keeps_nobody_from_launching_another() {
        host.store().putCurrent("{\"ContainerConfig\": 17}");
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();

        agent.deploy(blue);

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
        assertThat(agent.log()).contains("current.json");
    }

    @Test
    void a_current_configuration_whose_container_dies_keeps_nobody_from_launching_another() {
        host.store()
                .putCurrent(host.revision("bad").env("EXIT_CODE", "9").publish().json());
        var agent = host.startAgent();
        var blue = host.revision("blue").publish();

        agent.deploy(blue);

        assertThat(agent.get("/revision").body()).isEqualTo(blue.revision());
        await().untilAsserted(() -> assertThat(host.containerNames()).isEqualTo(List.of(blue.revision())));
    }
}
