package io.wunderproxy.store;

import io.wunderproxy.disk.AtomicFile;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.Optional;

/** A directory with the keys of the bucket as file names: for one host, demonstrations and tests. */
public final class DirectoryObjectStore implements ObjectStore {

    /** Whoever compares and replaces holds a lock on this file; the system ends it with the process that holds it. */
    private static final String LOCK = ".lock";

    private static final Duration LOCK_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration LOCK_RETRY = Duration.ofMillis(20);

    private final Path directory;

    public DirectoryObjectStore(Path directory) {
        this.directory = directory;
    }

    @Override
    public Optional<StoredObject> read(String key, int atMost) throws StoreException {
        if (!Files.isDirectory(directory)) {
            throw new StoreException("cannot read " + locate(key) + ": there is no directory " + directory
                    + "; create it, or give the right bucket and prefix");
        }
        var file = directory.resolve(key);
        try (var in = Files.newInputStream(file)) {
            // Not the time of its content, which a copy may bring along.
            var modified = ((FileTime) Files.getAttribute(file, "unix:ctime")).toInstant();
            var content = in.readNBytes(atMost);
            return Optional.of(new StoredObject(content, Optional.of(version(content)), Optional.of(modified)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw failure("cannot read " + locate(key), e);
        }
    }

    @Override
    @SuppressWarnings("try") // Locks are held, not read.
    public boolean write(String key, byte[] content, Optional<String> expected) throws StoreException {
        var file = directory.resolve(key);
        try {
            AtomicFile.createDirectories(directory);
            try (var channel = openLock();
                    var lock = lock(channel)) {
                if (!current(file).equals(expected)) {
                    return false;
                }
                // Agents, which read it, may have a user of their own.
                AtomicFile.write(file, content, AtomicFile.Access.UMASK);
                return true;
            }
        } catch (IOException e) {
            throw failure("cannot write " + locate(key), e);
        }
    }

    /** Opens the lock so that everybody who may write to the directory may lock it, whoever made the file; nobody else may. */
    private FileChannel openLock() throws IOException {
        var file = directory.resolve(LOCK);
        try {
            var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE);
            shareLikeDirectory(file);
            return channel;
        } catch (FileAlreadyExistsException e) {
            if (Files.getPosixFilePermissions(file, LinkOption.NOFOLLOW_LINKS)
                            .contains(PosixFilePermission.OTHERS_WRITE)
                    && !Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
                shareLikeDirectory(file);
            }
            return FileChannel.open(file, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
        }
    }

    /** Does what this user may do of it: only root may give a file to another owner. */
    private void shareLikeDirectory(Path file) throws IOException {
        var theirs = Files.readAttributes(directory, PosixFileAttributes.class);
        var permissions = EnumSet.of(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
        if (theirs.permissions().contains(PosixFilePermission.GROUP_WRITE)) {
            permissions.add(PosixFilePermission.GROUP_READ);
            permissions.add(PosixFilePermission.GROUP_WRITE);
        }
        if (theirs.permissions().contains(PosixFilePermission.OTHERS_WRITE)) {
            permissions.add(PosixFilePermission.OTHERS_READ);
            permissions.add(PosixFilePermission.OTHERS_WRITE);
        }
        var view = Files.getFileAttributeView(file, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
        tryTo(() -> view.setGroup(theirs.group()));
        tryTo(() -> view.setPermissions(permissions));
        tryTo(() -> view.setOwner(theirs.owner()));
    }

    private interface Change {
        void make() throws IOException;
    }

    /** Without it the lock is for fewer users than it could be. */
    private static void tryTo(Change change) {
        try {
            change.make();
        } catch (IOException notAllowed) {
            // Whoever needs it learns that when it can't be opened.
        }
    }

    /** It compares by itself. */
    @Override
    public void checkConditions(String key, byte[] content) {}

    @Override
    public void checkWritable(String key) throws StoreException {
        if (Files.exists(directory) && !Files.isWritable(directory)) {
            throw new StoreException.Denied("cannot write " + locate(key) + ": permission denied", null);
        }
    }

    private static Optional<String> current(Path file) throws IOException {
        try {
            return Optional.of(version(Files.readAllBytes(file)));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private static FileLock lock(FileChannel channel) throws IOException {
        var until = System.nanoTime() + LOCK_TIMEOUT.toNanos();
        while (true) {
            try {
                var lock = channel.tryLock();
                if (lock != null) {
                    return lock;
                }
            } catch (OverlappingFileLockException heldByThisProcess) {
                // Waited for like one of another process.
            }
            if (System.nanoTime() - until > 0) {
                throw new IOException(
                        "somebody else has held " + LOCK + " beside it for " + LOCK_TIMEOUT.toSeconds() + " s");
            }
            try {
                Thread.sleep(LOCK_RETRY);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted", e);
            }
        }
    }

    private static String version(byte[] content) {
        return ContentDigest.sha256(content);
    }

    private static StoreException failure(String what, IOException e) {
        return e instanceof AccessDeniedException
                ? new StoreException.Denied(what + ": permission denied", e)
                : new StoreException(what + ": " + e.getMessage(), e);
    }

    @Override
    public Optional<Instant> time() {
        return Optional.empty();
    }

    @Override
    public String locate(String key) {
        return directory.resolve(key).toString();
    }
}
