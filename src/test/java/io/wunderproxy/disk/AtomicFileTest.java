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
    void hasItsContentAfterAPowerCutOnceItIsWritten() throws Exception {
        write(OLD);
        assertThat(disk.afterPowerCut("file")).contains(OLD);

        write(NEW);
        assertThat(disk.afterPowerCut("file")).contains(NEW);
    }

    @Test
    void hasItsOldOrItsNewContentWheneverThePowerIsCut() throws Exception {
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
    void isThereUnderItsNewNameOnceItIsRenamed() throws Exception {
        write(OLD);

        AtomicFile.rename(disk.directory().resolve("file"), disk.directory().resolve("other"));

        assertThat(disk.afterPowerCut("other")).contains(OLD);
        assertThat(disk.afterPowerCut("file")).isEmpty();
    }

    @Test
    void isFoundInDirectoriesThatWereMadeForIt() throws Exception {
        var directory = disk.directory().resolve("a").resolve("b").resolve("c");

        AtomicFile.createDirectories(directory);
        AtomicFile.write(directory.resolve("file"), OLD.getBytes(UTF_8), Access.UMASK);

        assertThat(disk.afterPowerCut("a/b/c/file")).contains(OLD);
    }

    @Test
    void saysWhichDirectoryItCannotMakeAndWhichItMayNotRead() {
        var parent = disk.directory();
        disk.closeToReaders(parent);

        assertThatThrownBy(() -> AtomicFile.createDirectories(parent.resolve("a")))
                .isInstanceOf(AccessDeniedException.class)
                .hasMessage(parent.resolve("a") + ": it can't be made: permission denied for " + parent);
    }

    @Test
    void thatCannotBeWrittenLeavesTheOldOneAndNothingElse() throws Exception {
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
    void replacesALinkAndNotWhatItPointsTo() throws Exception {
        var elsewhere = Files.writeString(temporary.resolve("elsewhere"), OLD);
        Files.createSymbolicLink(real.resolve("file"), elsewhere);

        AtomicFile.write(real.resolve("file"), NEW.getBytes(UTF_8), Access.OWNER);

        assertThat(elsewhere).hasContent(OLD);
        assertThat(real.resolve("file")).isRegularFile().hasContent(NEW);
        assertThat(Files.isSymbolicLink(real.resolve("file"))).isFalse();
    }

    @Test
    void isForItsOwnerAloneFromItsFirstByteOn() throws Exception {
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
    void whatAKilledProcessLeftIsRemovedAndNothingElse() throws Exception {
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
