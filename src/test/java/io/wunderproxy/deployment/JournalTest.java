package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.container.Container.Address;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class JournalTest {

    private static final Clock NOON = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);
    private static final Instance INSTANCE = new Instance("c0ffee", "r1", new Address("172.17.0.2", 9292), 32768);

    @TempDir
    Path directory;

    private StateDirectory state;

    @BeforeEach
    void open() throws IOException {
        state = StateDirectory.open(directory);
    }

    @AfterEach
    void close() throws IOException {
        state.close();
    }

    @Test
    void a_new_process_finds_what_the_old_one_recorded() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var config = config("r1");
        journal.record(Deployment.launching(config, NOON.instant()));
        journal.move(config.hash(), new DeploymentState.Active(INSTANCE));

        var reopened = Journal.open(state, NOON, "boot-1");

        assertThat(reopened.machineRestarted()).isFalse();
        assertThat(reopened.active()).hasValueSatisfying(active -> {
            assertThat(active.state()).isEqualTo(new DeploymentState.Active(INSTANCE));
            assertThat(active.config())
                    .hasValueSatisfying(c -> assertThat(c.document()).isEqualTo(config.document()));
            assertThat(active.history()).extracting(t -> t.state()).containsExactly("launching", "active");
        });
    }

    @Test
    void it_tells_a_restart_of_the_agent_from_one_of_the_machine() throws Exception {
        Journal.open(state, NOON, "boot-1").record(Deployment.launching(config("r1"), NOON.instant()));

        assertThat(Journal.open(state, NOON, "boot-2").machineRestarted()).isTrue();
    }

    @Test
    void a_change_that_cannot_be_written_is_not_seen() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        Files.createDirectory(directory.resolve("journal.json"));
        Files.createFile(directory.resolve("journal.json/occupied"));

        assertThatThrownBy(() -> journal.record(Deployment.launching(config("r1"), NOON.instant())))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("journal.json");
        assertThat(journal.all()).isEmpty();
    }

    @Test
    void an_unreadable_journal_is_set_aside() throws Exception {
        Files.writeString(directory.resolve("journal.json"), "{ half");

        assertThat(Journal.open(state, NOON, "boot-1").all()).isEmpty();
        assertThat(directory.resolve("journal.json.unreadable")).hasContent("{ half");
    }

    @Test
    void only_the_owner_can_read_it() throws Exception {
        Journal.open(state, NOON, "boot-1").record(Deployment.launching(config("r1"), NOON.instant()));

        assertThat(Files.getPosixFilePermissions(directory.resolve("journal.json")))
                .containsExactlyInAnyOrder(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    }

    @Test
    void a_second_agent_cannot_take_the_directory() {
        assertThatThrownBy(() -> StateDirectory.open(directory))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("is used by another agent");
    }

    @Test
    void only_the_last_ten_ended_deployments_are_kept() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        for (var i = 0; i < 15; i++) {
            var config = config("r" + i);
            journal.record(Deployment.launching(config, NOON.instant().plusSeconds(i)));
            journal.moveAsFact(config.hash(), new DeploymentState.Gone());
        }

        assertThat(journal.all()).hasSize(10);
    }

    @Test
    void a_failed_launch_keeps_the_last_words_of_its_container() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var config = config("r1");
        journal.record(Deployment.launching(config, NOON.instant()));
        var failed = new DeploymentState.Failed("exited with code 1", List.of("no such table", "bye"));
        journal.move(config.hash(), failed);

        var reopened = Journal.open(state, NOON, "boot-1");

        assertThat(reopened.find(config.hash()).orElseThrow().state()).isEqualTo(failed);
    }

    @Test
    void another_container_of_the_same_state_is_no_transition() throws Exception {
        var later = NOON.instant().plusSeconds(60);
        var active = Deployment.launching(config("r1"), NOON.instant())
                .in(new DeploymentState.Active(INSTANCE), NOON.instant().plusSeconds(1));
        var elsewhere = new Instance("decaf", "r1", new Address("172.17.0.3", 9292), 32769);

        var moved = active.in(new DeploymentState.Active(elsewhere), later);

        assertThat(moved.state()).isEqualTo(new DeploymentState.Active(elsewhere));
        assertThat(moved.switchedAt())
                .isEqualTo(active.switchedAt())
                .hasValue(NOON.instant().plusSeconds(1));
        assertThat(moved.since()).isEqualTo(NOON.instant().plusSeconds(1));
    }

    private static LaunchConfig config(String revision) throws Exception {
        var document = "{\"ContainerConfig\":{\"Image\":\"shop:%s\"},\"HealthCheckPath\":\"up\",\"Revision\":\"%s-x\"}"
                .formatted(revision, revision)
                .getBytes(StandardCharsets.UTF_8);
        return LaunchConfig.parse(ConfigHash.md5(document), document);
    }
}
