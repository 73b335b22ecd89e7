package io.wunderproxy.deployment;

import io.wunderproxy.disk.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import org.jboss.logging.Logger;

/** The files that must survive a crash. Only their owner may read them: launch configurations hold secrets. */
public final class StateDirectory implements AutoCloseable {

    private static final Logger LOG = Logger.getLogger(StateDirectory.class);
    private static final String LOCK = "lock";

    /** The names that older versions gave to unfinished files. */
    private static final List<String> FORMERLY_UNFINISHED = List.of("journal.json.next", "current.json.next");

    private final Path directory;
    private final FileChannel lockFile;
    private final Changes changes = new Changes();

    /** Null while another process has the directory. */
    private volatile FileLock lock;

    private StateDirectory(Path directory, FileChannel lockFile, FileLock lock) {
        this.directory = directory;
        this.lockFile = lockFile;
        this.lock = lock;
    }

    /**
     * Creates the directory if need be and takes it for this process.
     *
     * @throws IOException if it can't be made or written, or another agent uses it; the message says so
     */
    public static StateDirectory open(Path directory) throws IOException {
        try {
            if (!Files.isDirectory(directory)) {
                AtomicFile.createDirectories(
                        directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            }
            // Root may run an agent in the directory of another user, who may have put a link there.
            var lockFile = FileChannel.open(
                    directory.resolve(LOCK),
                    StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE,
                    LinkOption.NOFOLLOW_LINKS);
            var lock = lockFile.tryLock();
            if (lock == null) {
                lockFile.close();
                throw inUse(directory);
            }
            AtomicFile.removeUnfinished(directory);
            for (var name : FORMERLY_UNFINISHED) {
                Files.deleteIfExists(directory.resolve(name));
            }
            return new StateDirectory(directory, lockFile, lock);
        } catch (OverlappingFileLockException e) {
            throw inUse(directory);
        } catch (FileSystemException e) {
            throw new IOException(
                    "cannot use the state directory " + directory + ": " + reason(e)
                            + "; give another with --state-dir, or make it writable for this user",
                    e);
        }
    }

    /** The changes of what is in it, and of all that depends on that. */
    public Changes changes() {
        return changes;
    }

    /**
     * Leaves the directory to another process when nothing is under way that must not be broken off.
     *
     * @param atMost how long to wait for that
     * @param isWanted whether the other process still waits for it
     * @throws IOException if it takes longer, or is not wanted any more; then nothing has changed
     */
    public void passOn(Duration atMost, BooleanSupplier isWanted) throws IOException, InterruptedException {
        if (!changes.close(atMost, isWanted)) {
            if (!isWanted.getAsBoolean()) {
                throw new IOException("the successor has ended while it waited for a launch, a switch or a removal");
            }
            throw new IOException("a launch, a switch or a removal has been under way for " + atMost.toSeconds()
                    + " s; try again when it has ended");
        }
        var held = lock;
        synchronized (this) {
            lock = null;
        }
        held.release();
    }

    /** Takes the directory again from a process that has ended and changed nothing of consequence. */
    public void takeBack() {
        if (lock != null) {
            return;
        }
        try {
            var again = lockFile.tryLock();
            if (again == null) {
                throw inUse(directory);
            }
            lock = again;
            changes.open();
        } catch (IOException | OverlappingFileLockException e) {
            LOG.errorf("nothing can be launched or switched any more: %s; restart this agent", e.getMessage());
        }
    }

    /** The file that marks the state directory of an agent, even if it does not run just now. */
    static Path lockOf(Path directory) {
        return directory.resolve(LOCK);
    }

    /** When an agent first used this directory: nothing is ever written into the lock. */
    Instant since() throws IOException {
        return Files.getLastModifiedTime(lockOf(directory)).toInstant();
    }

    private static IOException inUse(Path directory) {
        return new IOException("the state directory " + directory
                + " is used by another agent; stop that one, or give this one its own with --state-dir");
    }

    public Path path() {
        return directory;
    }

    /** The content of a file, or empty when there is none. */
    public Optional<byte[]> read(String name) throws IOException {
        try {
            return Optional.of(Files.readAllBytes(directory.resolve(name)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Replaces a file whole: after a crash at any moment it has either the old or the new content, on the disk. */
    public synchronized void write(String name, byte[] content) throws IOException {
        if (lock == null) {
            throw new IOException("cannot write " + directory.resolve(name) + ": another agent has it now");
        }
        try {
            AtomicFile.write(directory.resolve(name), content, AtomicFile.Access.OWNER);
        } catch (IOException e) {
            throw new IOException("cannot write " + directory.resolve(name) + ": " + reason(e), e);
        }
    }

    /** Moves a file that can't be understood out of the way, where a person finds it. */
    public void setAside(String name) throws IOException {
        AtomicFile.rename(directory.resolve(name), directory.resolve(name + ".unreadable"));
    }

    private static String reason(IOException e) {
        if (e instanceof AccessDeniedException denied && denied.getReason() == null) {
            return "permission denied for " + denied.getFile();
        }
        var reason = e instanceof FileSystemException f ? f.getReason() : e.getMessage();
        return reason == null ? e.getClass().getSimpleName().replace("Exception", "") : reason;
    }

    @Override
    public void close() throws IOException {
        lockFile.close();
    }
}
