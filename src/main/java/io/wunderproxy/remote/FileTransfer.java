package io.wunderproxy.remote;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** Copies files to another host, by its shell alone: not every server has SFTP, and none says that a file is on the disk. */
final class FileTransfer {

    private final SshTarget target;
    private final Shell shell;

    FileTransfer(SshTarget target, Shell shell) {
        this.target = target;
        this.shell = shell;
    }

    /**
     * Copies a file there, in one step: a reader sees the old file or the new one, whole.
     *
     * @param to an absolute path in a directory that exists
     * @param mode its permissions, as in {@code 0755}
     * @throws SshException if it could not be copied; nothing is left there then
     */
    void copy(Path from, String to, int mode) throws SshException {
        var sum = FileDigest.sha256(from);
        var err = new ByteArrayOutputStream();
        var status = shell.run(
                ShellWords.quote(RemoteScripts.RECEIVE_FILE.with(to, sum, Integer.toOctalString(mode))),
                input -> {
                    try (var file = Files.newInputStream(from);
                            input) {
                        file.transferTo(input);
                    }
                },
                OutputStream.nullOutputStream(),
                err);
        if (status != 0) {
            throw new SshException("cannot copy " + from + " to " + to + " on " + target + ": "
                    + err.toString(StandardCharsets.UTF_8).strip());
        }
    }
}
