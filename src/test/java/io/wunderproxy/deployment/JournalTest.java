package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
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
        journal.record(journal.launching(config));
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
        Journal.open(state, NOON, "boot-1").record(Deployment.launching(1, config("r1"), NOON.instant()));

        assertThat(Journal.open(state, NOON, "boot-2").machineRestarted()).isTrue();
    }

    @Test
    void a_change_that_cannot_be_written_is_not_seen() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        Files.createDirectory(directory.resolve("journal.json"));
        Files.createFile(directory.resolve("journal.json/occupied"));

        assertThatThrownBy(() -> journal.record(Deployment.launching(1, config("r1"), NOON.instant())))
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
        Journal.open(state, NOON, "boot-1").record(Deployment.launching(1, config("r1"), NOON.instant()));

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
            journal.record(journal.launching(config));
            journal.moveAsFact(config.hash(), new DeploymentState.Gone());
        }

        assertThat(journal.all()).hasSize(10);
    }

    @Test
    void what_has_just_ended_is_kept_although_others_were_launched_after_it() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var served = config("served");
        journal.record(journal.launching(served));
        for (var i = 0; i < 12; i++) {
            var config = config("r" + i);
            journal.record(journal.launching(config));
            journal.moveAsFact(config.hash(), new DeploymentState.Gone());
        }

        var later = Journal.open(state, Clock.offset(NOON, Duration.ofMinutes(1)), "boot-1");
        later.moveAsFact(served.hash(), new DeploymentState.Gone());

        assertThat(later.find(served.hash())).isPresent();
        assertThat(later.all()).hasSize(10);
    }

    @Test
    void what_a_killed_agent_of_an_older_version_left_unfinished_is_removed() throws Exception {
        state.close();
        Files.writeString(directory.resolve("journal.json.next"), "{ half");

        state = StateDirectory.open(directory);

        assertThat(directory.resolve("journal.json.next")).doesNotExist();
    }

    @Test
    void a_failed_launch_keeps_the_last_words_of_its_container() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var config = config("r1");
        journal.record(journal.launching(config));
        var failed = new DeploymentState.Failed("exited with code 1", List.of("no such table", "bye"));
        journal.move(config.hash(), failed);

        var reopened = Journal.open(state, NOON, "boot-1");

        assertThat(reopened.find(config.hash()).orElseThrow().state()).isEqualTo(failed);
    }

    @Test
    void a_later_launch_has_a_higher_number_even_when_the_clock_was_set_back() throws Exception {
        var first = Journal.open(state, NOON, "boot-1").launching(config("r1"));
        Journal.open(state, NOON, "boot-1").record(first);
        var anHourEarlier = Clock.offset(NOON, Duration.ofHours(-1));

        var journal = Journal.open(state, anHourEarlier, "boot-1");
        var second = journal.launching(config("r2"));
        journal.record(second);

        assertThat(second.number()).isGreaterThan(first.number());
        assertThat(second.launchedAt()).isBefore(first.launchedAt());
        assertThat(journal.all()).extracting(Deployment::revision).containsExactly("r1-x", "r2-x");
    }

    @Test
    void a_journal_of_an_older_version_is_numbered_by_the_times_of_its_launches() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        journal.record(Deployment.launching(7, config("r1"), NOON.instant()));
        journal.record(Deployment.launching(5, config("r2"), NOON.instant().minusSeconds(60)));
        var file = directory.resolve("journal.json");
        Files.writeString(file, Files.readString(file).replaceAll("\"Number\" : [0-9]+,", ""));

        var reopened = Journal.open(state, NOON, "boot-1");

        assertThat(reopened.all()).extracting(Deployment::revision).containsExactly("r2-x", "r1-x");
        assertThat(reopened.launching(config("r3")).number()).isEqualTo(3);
    }

    @Test
    void what_served_is_remembered_until_another_serves_or_the_machine_is_restarted() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var config = config("r1");
        journal.record(journal.launching(config));
        assertThat(journal.served()).isEmpty();
        journal.move(config.hash(), new DeploymentState.Active(INSTANCE));
        journal.move(config.hash(), new DeploymentState.Healthy(INSTANCE));
        journal.move(config.hash(), new DeploymentState.Failed("no registry"));

        assertThat(Journal.open(state, NOON, "boot-1").served())
                .hasValueSatisfying(served -> assertThat(served.hash()).isEqualTo(config.hash()));
        assertThat(Journal.open(state, NOON, "boot-2").served()).isEmpty();
    }

    @Test
    void of_an_older_version_the_active_deployment_is_what_served() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var config = config("r1");
        journal.record(journal.launching(config));
        journal.move(config.hash(), new DeploymentState.Active(INSTANCE));
        var file = directory.resolve("journal.json");
        var tree = (ObjectNode) new ObjectMapper().readTree(file.toFile());
        tree.remove("Served");
        Files.writeString(file, tree.toString());

        assertThat(Journal.open(state, NOON, "boot-1").served()).isPresent();
    }

    @Test
    void another_container_of_the_same_state_is_no_transition() throws Exception {
        var later = NOON.instant().plusSeconds(60);
        var active = Deployment.launching(1, config("r1"), NOON.instant())
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
