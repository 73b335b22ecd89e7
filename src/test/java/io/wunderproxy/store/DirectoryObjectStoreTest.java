package io.wunderproxy.store;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may write to a directory of configurations, and what else of it is touched. */
class DirectoryObjectStoreTest {
    private static final byte[] CONTENT = "{}".getBytes(UTF_8);

    @TempDir
    Path directory;

    @Test
    void may_be_locked_by_who_may_write_to_it_and_by_nobody_else() throws Exception {
        assertThat(lockOf("rwxr-xr-x")).isEqualTo("rw-------");
        assertThat(lockOf("rwxrwxr-x")).isEqualTo("rw-rw----");
        assertThat(lockOf("rwxrwxrwx")).isEqualTo("rw-rw-rw-");
    }

    @Test
    void takes_the_lock_away_from_others_that_an_earlier_version_left_to_all() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        var lock = Files.createFile(directory.resolve(".lock"));
        Files.setPosixFilePermissions(lock, PosixFilePermissions.fromString("rw-rw-rw-"));

        write(directory);

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(lock)))
                .isEqualTo("rw-------");
    }

    @Test
    void opens_no_link_as_its_lock() throws Exception {
        var elsewhere = directory.resolve("elsewhere");
        var store = Files.createDirectory(directory.resolve("store"));
        Files.createSymbolicLink(store.resolve(".lock"), elsewhere);

        assertThatThrownBy(() -> write(store)).isInstanceOf(StoreException.class);

        assertThat(elsewhere).doesNotExist();
        assertThat(store.resolve("current.json")).doesNotExist();
    }

    private String lockOf(String permissions) throws IOException, StoreException {
        var store = Files.createDirectory(directory.resolve(permissions));
        Files.setPosixFilePermissions(store, PosixFilePermissions.fromString(permissions));
        write(store);
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(store.resolve(".lock")));
    }

    private static void write(Path store) throws StoreException {
        assertThat(new DirectoryObjectStore(store).write("current.json", CONTENT, Optional.empty()))
                .isTrue();
    }
}
