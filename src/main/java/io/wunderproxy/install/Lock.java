package io.wunderproxy.install;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.StandardOpenOption;

/** Allows one installation at a time on a machine. It ends with the process at the latest. */
final class Lock {

    private final FileChannel file;

    private Lock(FileChannel file) {
        this.file = file;
    }

    /** @throws InstallException if another one is running */
    static Lock take(Machine machine) throws IOException, InstallException {
        var file = FileChannel.open(machine.places().lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        if (!isTaken(file)) {
            file.close();
            throw new InstallException("another installation is running here; wait for it");
        }
        return new Lock(file);
    }

    private static boolean isTaken(FileChannel file) throws IOException {
        try {
            return file.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // By this process.
            return false;
        }
    }

    void close() throws IOException {
        file.close();
    }
}
