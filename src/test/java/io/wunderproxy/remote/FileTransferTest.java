package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are copied by way of the shell of this machine. */
class FileTransferTest {
    private static final SshTarget SHOP = SshTarget.parse("shop1");

    @TempDir
    Path directory;

    private Path from;

    @BeforeEach
    void a_file() throws Exception {
        from = Files.write(directory.resolve("from"), new byte[200_000]);
    }

    private static int local(String command, Shell.Input input, OutputStream out, OutputStream err) {
        try {
            var process = new ProcessBuilder("sh", "-c", command).start();
            input.writeTo(process.getOutputStream());
            process.getInputStream().transferTo(out);
            process.getErrorStream().transferTo(err);
            return process.waitFor();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void a_copy_has_the_content_and_the_permissions_asked_for() throws Exception {
        var to = directory.resolve("to $HOME");

        new FileTransfer(SHOP, FileTransferTest::local).copy(from, to.toString(), 0640);

        assertThat(to).hasSameBinaryContentAs(from);
        assertThat(Files.getPosixFilePermissions(to)).isEqualTo(PosixFilePermissions.fromString("rw-r-----"));
    }

    @Test
    void a_copy_that_is_damaged_on_its_way_is_refused_in_the_words_of_the_host() throws Exception {
        var to = directory.resolve("to");
        Shell damaging = (command, input, out, err) -> local(command, stdin -> stdin.close(), out, err);

        assertThatThrownBy(() -> new FileTransfer(SHOP, damaging).copy(from, to.toString(), 0600))
                .isInstanceOf(SshException.class)
                .hasMessage("cannot copy " + from + " to " + to
                        + " on shop1: the copy has the SHA-256 e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855,"
                        + " not " + FileDigest.sha256(from));
        assertThat(to).doesNotExist();
    }

    @Test
    void a_file_that_is_not_there_is_reported_before_anything_is_run() {
        Shell none = (command, input, out, err) -> {
            throw new AssertionError(command);
        };

        assertThatThrownBy(() -> new FileTransfer(SHOP, none).copy(directory.resolve("none"), "/to", 0600))
                .isInstanceOf(SshException.class)
                .hasMessageStartingWith("cannot read " + directory.resolve("none"));
    }

    @Test
    void a_digest_is_what_sha256sum_prints() throws Exception {
        var hello = Files.writeString(directory.resolve("hello"), "hello\n");

        assertThat(FileDigest.sha256(hello))
                .isEqualTo("5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03");
    }
}
