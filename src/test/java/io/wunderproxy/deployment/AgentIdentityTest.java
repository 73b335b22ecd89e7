package io.wunderproxy.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AgentIdentityTest {

    @TempDir
    Path directory;

    @Test
    void an_agent_keeps_its_id_and_its_first_start() throws Exception {
        var first = identity("one");
        var again = identity("one");

        assertThat(again.id()).isEqualTo(first.id());
        assertThat(again.firstStart()).isEqualTo(first.firstStart());
    }

    @Test
    void two_directories_are_two_agents() throws Exception {
        assertThat(identity("one").id()).isNotEqualTo(identity("two").id());
    }

    @Test
    void an_agent_of_an_older_version_has_started_first_when_its_lock_was_made() throws Exception {
        var made = Instant.parse("2026-01-01T12:00:00Z");
        StateDirectory.open(directory.resolve("one")).close();
        Files.setLastModifiedTime(directory.resolve("one/lock"), FileTime.from(made));

        assertThat(identity("one").firstStart()).isEqualTo(made);
    }

    @Test
    void it_looks_once_for_containers_of_an_older_version_if_one_was_at_work() throws Exception {
        assertThat(identity("new").hasRecognised()).isTrue();
        Files.createDirectories(directory.resolve("old"));
        Files.writeString(directory.resolve("old/journal.json"), "{}");

        var upgraded = identity("old");

        assertThat(upgraded.hasRecognised()).isFalse();
        upgraded.recognise(Set.of("c0ffee"));
        assertThat(identity("old").hasRecognised()).isTrue();
        assertThat(identity("old").recognises("c0ffee")).isTrue();
    }

    @Test
    void what_can_not_be_written_counts_and_is_kept_before_a_container_gets_the_id() throws Exception {
        Files.createDirectories(directory.resolve("one"));
        Files.writeString(directory.resolve("one/journal.json"), "{}");
        try (var state = StateDirectory.open(directory.resolve("one"))) {
            var identity = AgentIdentity.open(state);
            var file = directory.resolve("one/agent.json");
            Files.delete(file);
            Files.createDirectories(file.resolve("occupied"));

            identity.recognise(Set.of("c0ffee"));

            assertThat(identity.recognises("c0ffee")).isTrue();
            assertThatThrownBy(identity::keep).isInstanceOf(IOException.class).hasMessageContaining("agent.json");
            Files.delete(file.resolve("occupied"));
            Files.delete(file);
            identity.keep();
        }
        assertThat(identity("one").recognises("c0ffee")).isTrue();
    }

    @Test
    void what_can_not_be_understood_is_set_aside() throws Exception {
        var first = identity("one");
        Files.writeString(directory.resolve("one/agent.json"), "{ half");

        assertThat(identity("one").id()).isNotEqualTo(first.id());
        assertThat(directory.resolve("one/agent.json.unreadable")).hasContent("{ half");
    }

    @Test
    void an_agent_is_gone_when_its_directory_is() throws Exception {
        var place = identity("one").place();
        assertThat(AgentIdentity.isGone(place)).isFalse();

        delete("one");

        assertThat(AgentIdentity.isGone(place)).isTrue();
    }

    @Test
    void an_agent_whose_directory_may_not_be_seen_is_not_known_to_be_gone() throws Exception {
        var place = identity("one").place();
        delete("one");
        // What is no directory can't be looked into, just as one without permission.
        Files.createFile(directory.resolve("one"));

        assertThat(AgentIdentity.isGone(place)).isFalse();
    }

    @Test
    void an_agent_whose_directory_lay_behind_a_link_that_leads_nowhere_is_not_known_to_be_gone() throws Exception {
        Files.createSymbolicLink(directory.resolve("disk"), Files.createDirectory(directory.resolve("mounted")));
        var place = identity("disk/one").place();
        delete("mounted/one");
        assertThat(AgentIdentity.isGone(place)).isTrue();

        Files.delete(directory.resolve("mounted"));

        assertThat(AgentIdentity.isGone(place)).isFalse();
    }

    @Test
    void an_agent_of_another_machine_container_or_disk_is_not_known_to_be_gone() throws Exception {
        var place = identity("one").place();
        delete("one");
        var elsewhere = "0123456789abcdef" + place.substring(16);

        assertThat(AgentIdentity.isGone(elsewhere)).isFalse();
    }

    @Test
    void the_label_of_an_older_version_tells_nothing_about_absence() throws Exception {
        var former = identity("one").formerLabel();
        delete("one");

        assertThat(AgentIdentity.isGone(former)).isFalse();
    }

    private AgentIdentity identity(String name) throws IOException {
        try (var state = StateDirectory.open(directory.resolve(name))) {
            return AgentIdentity.open(state);
        }
    }

    private void delete(String name) throws IOException {
        try (var files = Files.walk(directory.resolve(name))) {
            for (var file : files.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(file);
            }
        }
    }
}
