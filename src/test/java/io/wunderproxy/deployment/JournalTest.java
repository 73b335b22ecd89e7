package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.Container.Address;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class JournalTest {

    private static final Clock NOON = Clock.fixed(Instant.parse("2026-01-01T12:00:00Z"), ZoneOffset.UTC);
    private static final Instance INSTANCE = new Instance("c0ffee", "r1", new Address("172.17.0.2", 9292), 32768);

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String NEWEST = "3-numbers-and-served.json";
    private static final String BOOT_OF_SAMPLES = "5f0c7a3e-0000-4000-8000-000000000001";

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

    @ParameterizedTest
    @MethodSource
    void a_journal_that_cannot_be_understood_stops_the_start_and_stays_as_it_is(String content, String why)
            throws Exception {
        var file = directory.resolve("journal.json");
        Files.writeString(file, content);

        assertThatThrownBy(() -> Journal.open(state, NOON, "boot-1"))
                .isInstanceOf(IOException.class)
                .hasMessageContainingAll(file.toString(), why, "nothing was changed", "move that file away");
        assertThat(file).hasContent(content);
        assertThat(directory.resolve("journal.json.unreadable")).doesNotExist();
    }

    static Stream<Arguments> a_journal_that_cannot_be_understood_stops_the_start_and_stays_as_it_is()
            throws IOException {
        var sample = Files.readString(sample(NEWEST));
        return Stream.of(
                Arguments.of("", "it is empty"),
                Arguments.of("{ half", "it is not JSON"),
                Arguments.of(sample + "}", "it is not JSON"),
                Arguments.of("[]", "it is not a JSON object"),
                Arguments.of("{}", "the format without a number"),
                Arguments.of(sample.replace("\"Version\" : 1", "\"Version\" : 2"), "the format 2"),
                Arguments.of(sample.replace("\"Deployments\"", "\"Revisions\""), "it has no list of deployments"),
                Arguments.of(sample.replace("\"History\"", "\"Past\""), "deployment r1: it has no history"),
                Arguments.of(
                        sample.replace("\"healthy\",\n      \"Instance\"", "\"\",\n      \"Instance\""),
                        "deployment r6: it has no state"),
                Arguments.of(sample.replace("2026-01-01T12:06:00Z", "noon"), "deployment r3: "),
                Arguments.of(
                        sample.replaceAll("\"Config\" : \"[^\"]+\"", "\"Config\" : 7"), "its configuration is missing"),
                Arguments.of(
                        sample.replaceAll("\\],\\s+\"Config\" : \"[^\"]+\"", "]"),
                        "deployment r3: it runs, and has no configuration"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"1-states.json", "2-output.json", NEWEST})
    void the_journals_of_all_versions_so_far_are_read(String sample) throws Exception {
        Files.copy(sample(sample), directory.resolve("journal.json"));

        var journal = Journal.open(state, NOON, BOOT_OF_SAMPLES);

        assertThat(journal.all())
                .extracting(Deployment::revision, d -> d.state().label(), Deployment::number)
                .containsExactly(
                        tuple("r1", "gone", 1L),
                        tuple("r2", "failed", 2L),
                        tuple("r3", "draining", 3L),
                        tuple("r4", "active", 4L),
                        tuple("r5", "retiring", 5L),
                        tuple("r6", "healthy", 6L),
                        tuple("r7", "launching", 7L));
        assertThat(journal.machineRestarted()).isFalse();
        assertThat(journal.served())
                .hasValueSatisfying(c -> assertThat(c.revision()).isEqualTo("r4"));
        assertThat(journal.active()).hasValueSatisfying(active -> {
            assertThat(active.switchedAt()).hasValue(Instant.parse("2026-01-01T12:06:00Z"));
            assertThat(active.state().running())
                    .hasValue(new Instance("4".repeat(64), "r4", new Address("172.17.0.4", 9292), 32769));
        });
        assertThat(journal.all().get(1).state())
                .isEqualTo(new DeploymentState.Failed(
                        "exited with code 1",
                        sample.equals("1-states.json") ? List.of() : List.of("no such table: orders", "bye")));
    }

    /** Who adds a field to the journal adds a sample of the format that the next version will find. */
    @Test
    void the_newest_sample_has_the_format_that_is_written_now() throws Exception {
        var file = directory.resolve("journal.json");
        Files.copy(sample(NEWEST), file);

        rewrite(Journal.open(state, NOON, BOOT_OF_SAMPLES));

        assertThat(JSON.readTree(file.toFile()))
                .isEqualTo(JSON.readTree(sample(NEWEST).toFile()));
        var failed = config("failed");
        var journal = Journal.open(state, NOON, BOOT_OF_SAMPLES);
        journal.record(journal.launching(failed));
        journal.move(failed.hash(), new DeploymentState.Active(INSTANCE));
        journal.move(failed.hash(), new DeploymentState.Failed("because", List.of("bye")));
        assertThat(fields(JSON.readTree(file.toFile())))
                .isEqualTo(fields(JSON.readTree(sample(NEWEST).toFile())));
    }

    @Test
    void what_a_later_version_noted_is_written_back_unchanged() throws Exception {
        var file = directory.resolve("journal.json");
        Files.copy(sample("later.json"), file);

        rewrite(Journal.open(state, NOON, BOOT_OF_SAMPLES));

        assertThat(JSON.readTree(file.toFile()))
                .isEqualTo(JSON.readTree(sample("later.json").toFile()));
    }

    @Test
    void
            what_a_later_version_noted_about_a_deployment_stays_with_it_and_what_it_noted_about_a_container_goes_with_that()
                    throws Exception {
        var file = directory.resolve("journal.json");
        Files.copy(sample("later.json"), file);
        var journal = Journal.open(state, NOON, BOOT_OF_SAMPLES);
        var healthy = journal.all().get(5);

        var instance = healthy.state().running().orElseThrow();
        journal.move(healthy.hash(), new DeploymentState.Active(instance));
        var moved = JSON.readTree(file.toFile()).path("Deployments").get(5);
        assertThat(moved.path("Pinned").asBoolean()).isTrue();
        assertThat(moved.path("Instance").path("Address6").asText()).isEqualTo("fd00::6");

        journal.move(healthy.hash(), new DeploymentState.Active(INSTANCE));
        var elsewhere = JSON.readTree(file.toFile()).path("Deployments").get(5);
        assertThat(elsewhere.path("Pinned").asBoolean()).isTrue();
        assertThat(elsewhere.path("Instance").has("Address6")).isFalse();
    }

    @Test
    void a_deployment_in_a_state_of_a_later_version_is_listed_and_keeps_its_container() throws Exception {
        Files.copy(sample("later.json"), directory.resolve("journal.json"));

        var journal = Journal.open(state, NOON, BOOT_OF_SAMPLES);

        var baking = journal.all().get(7);
        assertThat(baking.state().label()).isEqualTo("baking");
        assertThat(baking.state().ended()).isFalse();
        assertThat(journal.isRunning("8".repeat(64))).isTrue();
        assertThat(journal.all().get(8).state()).isEqualTo(new DeploymentState.Unknown("queued", Optional.empty()));
        assertThat(journal.active())
                .hasValueSatisfying(d -> assertThat(d.revision()).isEqualTo("r4"));
    }

    @Test
    void what_is_still_as_expected_is_replaced_and_the_step_that_goes_with_it_is_done_before_anybody_sees_it()
            throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var launching = journal.launching(config("r1"));
        journal.record(launching);
        var seenInside = new AtomicReference<DeploymentState>();
        var onDisk = new AtomicReference<DeploymentState>();

        var change = journal.replace(
                launching.hash(),
                Optional.of(launching),
                () -> changing(launching.in(new DeploymentState.Active(INSTANCE), NOON.instant())),
                made -> {
                    seenInside.set(journal.find(launching.hash()).orElseThrow().state());
                    onDisk.set(reopened().find(launching.hash()).orElseThrow().state());
                });

        assertThat(change).isPresent();
        assertThat(onDisk.get()).isEqualTo(new DeploymentState.Active(INSTANCE));
        assertThat(seenInside.get()).isEqualTo(new DeploymentState.Launching());
        assertThat(journal.active()).isPresent();
    }

    @Test
    void what_has_changed_meanwhile_is_not_replaced() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var seen = journal.launching(config("r1"));
        journal.record(seen);
        var moved = journal.move(seen.hash(), new DeploymentState.Healthy(INSTANCE));

        assertThat(journal.replace(
                        seen.hash(), Optional.of(seen), () -> changing(seen), made -> fail("the step was done")))
                .isEmpty();
        assertThat(journal.replace(
                        seen.hash(), Optional.empty(), () -> changing(seen), made -> fail("the step was done")))
                .isEmpty();
        assertThat(journal.replaceAsFact(seen, new DeploymentState.Gone(), () -> fail("the step was done")))
                .isEmpty();
        assertThat(journal.all()).containsExactly(moved);
    }

    @Test
    void a_replacement_that_cannot_be_written_is_not_made_but_a_fact_is() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var healthy = journal.launching(config("r1")).in(new DeploymentState.Healthy(INSTANCE), NOON.instant());
        journal.record(healthy);
        var file = directory.resolve("journal.json");
        Files.delete(file);
        Files.createDirectory(file);
        Files.createFile(file.resolve("occupied"));

        assertThatThrownBy(() -> journal.replace(
                        healthy.hash(),
                        Optional.of(healthy),
                        () -> changing(healthy.in(new DeploymentState.Active(INSTANCE), NOON.instant())),
                        made -> fail("the step was done")))
                .isInstanceOf(IOException.class);
        assertThat(journal.isStill(healthy)).isTrue();

        var steps = new AtomicInteger();
        var retiring = journal.replaceAsFact(healthy, new DeploymentState.Retiring(INSTANCE), steps::incrementAndGet);
        assertThat(retiring).isPresent();
        assertThat(steps).hasValue(1);
        assertThat(journal.isStill(retiring.get())).isTrue();
    }

    @Test
    void of_many_who_replace_the_same_deployment_one_does() throws Exception {
        var journal = Journal.open(state, NOON, "boot-1");
        var healthy = journal.launching(config("r1")).in(new DeploymentState.Healthy(INSTANCE), NOON.instant());
        journal.record(healthy);
        var steps = new AtomicInteger();
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (var i = 0; i < 8; i++) {
                threads.submit(() ->
                        journal.replaceAsFact(healthy, new DeploymentState.Retiring(INSTANCE), steps::incrementAndGet));
                threads.submit(() -> journal.replace(
                        healthy.hash(),
                        Optional.of(healthy),
                        () -> changing(healthy.in(new DeploymentState.Active(INSTANCE), NOON.instant())),
                        made -> steps.incrementAndGet()));
            }
        }

        assertThat(steps).hasValue(1);
    }

    private static Journal.Change changing(Deployment deployment) {
        return () -> List.of(deployment);
    }

    private Journal reopened() {
        try {
            return Journal.open(state, NOON, "boot-1");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Changes nothing, and writes the journal again. */
    private static void rewrite(Journal journal) throws IOException {
        journal.record();
    }

    private static Path sample(String name) {
        return Path.of("src/test/resources/journal", name);
    }

    /** The names of all fields, each with the way to it. */
    private static Set<String> fields(JsonNode node) {
        return node.isArray()
                ? node.valueStream().flatMap(n -> fields(n).stream()).collect(Collectors.toSet())
                : node.properties().stream()
                        .flatMap(f -> Stream.concat(
                                Stream.of(f.getKey()),
                                fields(f.getValue()).stream().map(inner -> f.getKey() + "." + inner)))
                        .collect(Collectors.toSet());
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
