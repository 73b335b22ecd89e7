package io.wunderproxy.disk;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;

/**
 * Replaces files whole: after a crash or a power cut at any moment a file has its old or its new content, and after a method has
 * returned it has the new one. Nothing is written through a link: one that stands at the file's place is replaced.
 *
 * <p>All files that must survive go through here, since each step is needed: the content reaches the disk before its name does,
 * and the name is in the directory only when the directory has reached the disk too.
 */
public final class AtomicFile {

    /** The readers of a file that is written. */
    public enum Access {
        /** Its owner alone, who may also write it. */
        OWNER(PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))),
        /** Whoever the process's umask lets read new files. */
        UMASK;

        private final FileAttribute<?>[] attributes;

        Access(FileAttribute<?>... attributes) {
            this.attributes = attributes;
        }
    }

    /** Writes the content of a file. */
    public interface Content {
        void writeTo(FileChannel file) throws IOException;
    }

    /** Names of files that are not complete yet. */
    private static final Pattern UNFINISHED = Pattern.compile("\\..+\\.[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}");

    private static final String NOT_SUPPORTED = "Invalid argument";

    private AtomicFile() {}

    /**
     * Writes a file, or replaces it.
     *
     * @throws IOException if the file was not written, or if it is not known whether it would survive a power cut
     */
    public static void write(Path file, byte[] content, Access access) throws IOException {
        write(file, access, channel -> {
            var bytes = ByteBuffer.wrap(content);
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** As {@link #write(Path, byte[], Access)}, for content that is not in memory. */
    public static void write(Path file, Access access, Content content) throws IOException {
        // Not a temporary file as Java makes them: those are for their owner alone. The name is new each time, since
        // two processes
        // may write the same file.
        var next = file.resolveSibling("." + file.getFileName() + "." + UUID.randomUUID());
        try {
            try (var channel = FileChannel.open(
                    next, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), access.attributes)) {
                content.writeTo(channel);
                channel.force(true);
            }
            rename(next, file);
        } finally {
            Files.deleteIfExists(next);
        }
    }

    /**
     * Gives a file, whose content has reached the disk already, another name in the same directory; what had that name is
     * replaced.
     */
    public static void rename(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            throw new IOException("the file system of " + to + " can't replace a file in one step", e);
        }
        forceDirectory(to.toAbsolutePath().getParent());
    }

    /**
     * Makes a directory and those above it that are missing, so that they are found again after a power cut.
     *
     * @throws AccessDeniedException if a directory above may not be looked at, written or read; the reason names it
     */
    public static void createDirectories(Path directory, FileAttribute<?>... attributes) throws IOException {
        var missing = new ArrayList<Path>();
        for (var path = directory.toAbsolutePath();
                path != null && Files.notExists(path, LinkOption.NOFOLLOW_LINKS);
                path = path.getParent()) {
            missing.add(path);
        }
        try {
            Files.createDirectories(directory, attributes);
            for (var made : missing) {
                forceDirectory(made.getParent());
            }
        } catch (AccessDeniedException e) {
            var denied = new AccessDeniedException(
                    directory.toString(), null, "it can't be made: permission denied for " + e.getFile());
            denied.initCause(e);
            throw denied;
        }
    }

    /**
     * Removes what a process that was killed while it wrote has left in a directory.
     *
     * <p>Only for a directory that no other process writes to.
     */
    public static void removeUnfinished(Path directory) throws IOException {
        try (var files = Files.newDirectoryStream(
                directory,
                file -> UNFINISHED.matcher(file.getFileName().toString()).matches())) {
            for (var file : files) {
                Files.deleteIfExists(file);
            }
        }
    }

    /** Makes the names in a directory, those that are new and those that are gone, survive a power cut. */
    public static void forceDirectory(Path directory) throws IOException {
        try (var entries = FileChannel.open(directory, StandardOpenOption.READ)) {
            entries.force(true);
        } catch (IOException e) {
            // What the system says for a file system that knows no such call: nothing more can be done there.
            if (!NOT_SUPPORTED.equals(e.getMessage())) {
                throw e;
            }
        }
    }
}
