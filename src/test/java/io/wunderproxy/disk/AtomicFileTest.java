package io.wunderproxy.disk;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.disk.AtomicFile.Access;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashSet;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left of a file when the power is cut. */
class AtomicFileTest {
    private static final String OLD = "the old content of the file";
    private static final String NEW = "another content, which is longer than the old one";

    @TempDir
    Path temporary;

    private Path real;
    private Disk disk;

    @BeforeEach
    void makeDisk() throws IOException {
        real = Files.createDirectory(temporary.resolve("disk"));
        disk = new Disk(real);
    }

    @Test
    void has_its_content_after_a_power_cut_once_it_is_written() throws Exception {
        write(OLD);
        assertThat(disk.afterPowerCut("file")).contains(OLD);

        write(NEW);
        assertThat(disk.afterPowerCut("file")).contains(NEW);
    }

    @Test
    void has_its_old_or_its_new_content_whenever_the_power_is_cut() throws Exception {
        write(OLD);
        var seen = new HashSet<Optional<String>>();
        disk.afterEachStep(() -> {
            seen.add(disk.afterPowerCut("file"));
            seen.add(disk.afterLatePowerCut("file"));
        });

        write(NEW);

        assertThat(seen).containsExactlyInAnyOrder(Optional.of(OLD), Optional.of(NEW));
    }

    @Test
    void is_there_under_its_new_name_once_it_is_renamed() throws Exception {
        write(OLD);

        AtomicFile.rename(disk.directory().resolve("file"), disk.directory().resolve("other"));

        assertThat(disk.afterPowerCut("other")).contains(OLD);
        assertThat(disk.afterPowerCut("file")).isEmpty();
    }

    @Test
    void is_found_in_directories_that_were_made_for_it() throws Exception {
        var directory = disk.directory().resolve("a").resolve("b").resolve("c");

        AtomicFile.createDirectories(directory);
        AtomicFile.write(directory.resolve("file"), OLD.getBytes(UTF_8), Access.UMASK);

        assertThat(disk.afterPowerCut("a/b/c/file")).contains(OLD);
    }

    @Test
    void says_which_directory_it_cannot_make_and_which_it_may_not_read() {
        var parent = disk.directory();
        disk.closeToReaders(parent);

        assertThatThrownBy(() -> AtomicFile.createDirectories(parent.resolve("a")))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(parent.resolve("a") + ": it can't be made: permission denied for " + parent);
    }

    @Test
    void that_cannot_be_written_leaves_the_old_one_and_nothing_else() throws Exception {
        write(OLD);

        assertThatThrownBy(() -> AtomicFile.write(real.resolve("file"), Access.UMASK, channel -> {
                    throw new IOException("no space left");
                }))
                .hasMessage("no space left");

        assertThat(real.resolve("file")).hasContent(OLD);
        assertThat(real).isDirectoryContaining("glob:**/file");
        try (var files = Files.list(real)) {
            assertThat(files).hasSize(1);
        }
    }

    @Test
    void replaces_a_link_and_not_what_it_points_to() throws Exception {
        var elsewhere = Files.writeString(temporary.resolve("elsewhere"), OLD);
        Files.createSymbolicLink(real.resolve("file"), elsewhere);

        AtomicFile.write(real.resolve("file"), NEW.getBytes(UTF_8), Access.OWNER);

        assertThat(elsewhere).hasContent(OLD);
        assertThat(real.resolve("file")).isRegularFile().hasContent(NEW);
        assertThat(Files.isSymbolicLink(real.resolve("file"))).isFalse();
    }

    @Test
    void is_for_its_owner_alone_from_its_first_byte_on() throws Exception {
        var seen = new HashSet<String>();
        disk.afterEachStep(() -> {
            try (var files = Files.list(real)) {
                for (var file : files.toList()) {
                    seen.add(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
                }
            } catch (IOException e) {
                throw new AssertionError(e);
            }
        });

        AtomicFile.write(disk.directory().resolve("file"), NEW.getBytes(UTF_8), Access.OWNER);

        assertThat(seen).containsExactly("rw-------");
    }

    @Test
    void what_a_killed_process_left_is_removed_and_nothing_else() throws Exception {
        write(OLD);
        Files.writeString(real.resolve(".file.0b0e3bde-5d0a-4a5e-8e5c-7a6f2a6d5c11"), "half");
        Files.writeString(real.resolve(".hidden"), "of somebody else");

        AtomicFile.removeUnfinished(real);

        try (var files = Files.list(real)) {
            assertThat(files.map(f -> f.getFileName().toString())).containsExactlyInAnyOrder("file", ".hidden");
        }
    }

    private void write(String content) throws IOException {
        AtomicFile.write(disk.directory().resolve("file"), content.getBytes(UTF_8), Access.UMASK);
    }
}
