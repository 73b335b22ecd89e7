package io.wunderproxy.install;

import io.wunderproxy.disk.AtomicFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * All that an installation does to files. What a method has done is on the disk when it returns, with the entry of the directory;
 * killed at any moment, it has done it or not, or has left a part of what nothing refers to yet. A link at the end of a path is
 * never followed by what changes something.
 */
public class HostFiles {

    private static final int MOST_LINKS = 40;
    private static final String FOREIGN_WRITERS = "----w--w-";

    /** The permissions of a file or a directory, whatever the umask is. */
    enum Access {
        /** Everybody may read it. */
        READABLE("rw-r--r--"),
        /** Everybody may run it, or look into it. */
        EXECUTABLE("rwxr-xr-x"),
        /** The group may read it. */
        GROUP("rw-r-----"),
        /** The group may look into it. */
        GROUP_DIRECTORY("rwxr-x---"),
        /** Its owner's alone. */
        SECRET("rw-------"),
        SECRET_DIRECTORY("rwx------");

        private final String permissions;

        Access(String permissions) {
            this.permissions = permissions;
        }

        private Set<PosixFilePermission> permissions() {
            return PosixFilePermissions.fromString(permissions);
        }
    }

    /** Called with each change before it is made. */
    protected void aboutToChange(Path path) {}

    // ---- looking ----

    /** The text of a file without the ends of its last lines, as shells read it; empty if there is none. */
    Optional<String> text(Path file) throws IOException {
        try {
            return Optional.of(Files.readString(file).replaceFirst("\n+$", ""));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    /** Whether there is something, a link that leads nowhere too. */
    boolean isThere(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    String sha256(Path file) throws IOException {
        try (var in = new DigestInputStream(Files.newInputStream(file), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Whether there are files of the same content. */
    boolean areSame(Path one, Path other) throws IOException {
        return Files.isRegularFile(one) && Files.isRegularFile(other) && Files.mismatch(one, other) < 0;
    }

    /** Whether there are directories with the same files in them. */
    boolean areSameTrees(Path one, Path other) throws IOException {
        if (!Files.isDirectory(one) || !Files.isDirectory(other)) {
            return false;
        }
        var names = names(one);
        if (!names.equals(names(other))) {
            return false;
        }
        for (var name : names) {
            var isFile = Files.isRegularFile(one.resolve(name));
            if (isFile != Files.isRegularFile(other.resolve(name))
                    || isFile && !areSame(one.resolve(name), other.resolve(name))) {
                return false;
            }
        }
        return true;
    }

    private static List<Path> names(Path tree) throws IOException {
        try (var paths = Files.walk(tree)) {
            return paths.map(tree::relativize).sorted().toList();
        }
    }

    /** The place without a link in its path; a file that is not there yet is no link. */
    Path canonical(Path path) throws IOException {
        var rest = new ArrayDeque<Path>();
        path.toAbsolutePath().forEach(rest::add);
        var result = path.toAbsolutePath().getRoot();
        var links = 0;
        while (!rest.isEmpty()) {
            var name = rest.pop();
            var next = result.resolve(name).normalize();
            if (!Files.isSymbolicLink(next)) {
                result = next;
                continue;
            }
            if (++links > MOST_LINKS) {
                throw new IOException(path + " leads in a circle");
            }
            var target = Files.readSymbolicLink(next);
            result = target.isAbsolute() ? target.getRoot() : result;
            var names = new ArrayList<Path>();
            target.forEach(names::add);
            Collections.reverse(names);
            names.forEach(rest::push);
        }
        return result;
    }

    /** Whether nobody but root can put a link, or another directory, at any place of this path below a directory. */
    boolean belongToRoot(Path path, Path below) throws IOException {
        for (var start : List.of(path, canonical(path))) {
            for (var place = start; place.getParent() != null && !place.equals(below); place = place.getParent()) {
                if (isThere(place) && !belongsToRoot(place)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean belongsToRoot(Path place) throws IOException {
        if (owner(place) != rootUser()) {
            return false;
        }
        var foreign = EnumSet.copyOf(PosixFilePermissions.fromString(FOREIGN_WRITERS));
        return Files.isSymbolicLink(place)
                || Collections.disjoint(Files.getPosixFilePermissions(place, LinkOption.NOFOLLOW_LINKS), foreign);
    }

    int owner(Path place) throws IOException {
        return (int) Files.getAttribute(place, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    /** The number of the user to whom the system's own files belong. */
    protected int rootUser() {
        return 0;
    }

    // ---- changing ----

    /** Makes a directory, and those above it that are missing, for all to look into. */
    void makeDirectories(Path directory) throws IOException {
        makeDirectories(directory, Access.EXECUTABLE);
    }

    /** Makes a directory, and those above it that are missing, with this access. */
    void makeDirectories(Path directory, Access access) throws IOException {
        var missing = new ArrayDeque<Path>();
        for (var path = directory; path != null && !Files.isDirectory(path); path = path.getParent()) {
            missing.push(path);
        }
        for (var path : missing) {
            aboutToChange(path);
            Files.createDirectory(path, PosixFilePermissions.asFileAttribute(access.permissions()));
            Files.setPosixFilePermissions(path, access.permissions());
            AtomicFile.forceDirectory(path.getParent());
        }
    }

    /** Writes a file that nothing refers to yet; what is there of this name is removed. */
    void write(Path file, String content, Access access) throws IOException {
        var bytes = ByteBuffer.wrap(content.getBytes(StandardCharsets.UTF_8));
        create(file, access, channel -> {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        });
    }

    /** Copies a file to a place that nothing refers to yet; what is there of this name is removed. */
    void copy(Path from, Path to, Access access) throws IOException {
        create(to, access, channel -> {
            try (InputStream in = Files.newInputStream(from)) {
                in.transferTo(Channels.newOutputStream(channel));
            }
        });
    }

    private void create(Path file, Access access, AtomicFile.Content content) throws IOException {
        aboutToChange(file);
        Files.deleteIfExists(file);
        // Nobody else reads it before it has its mode.
        try (var channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(Access.SECRET.permissions()))) {
            content.writeTo(channel);
            Files.setPosixFilePermissions(file, access.permissions());
            channel.force(true);
        }
        AtomicFile.forceDirectory(file.getParent());
    }

    /** Copies a directory, for all to read, to a place that nothing refers to yet; what is there of this name is removed. */
    void copyTree(Path from, Path to) throws IOException {
        removeTree(to);
        makeDirectories(to);
        for (var name : names(from)) {
            var file = from.resolve(name);
            if (name.toString().isEmpty()) {
                continue;
            }
            if (Files.isDirectory(file)) {
                makeDirectories(to.resolve(name));
            } else {
                copy(file, to.resolve(name), Files.isExecutable(file) ? Access.EXECUTABLE : Access.READABLE);
            }
        }
    }

    /** Gives a file, or a directory, a second name; what is there of that name is removed. */
    void link(Path from, Path to) throws IOException {
        removeTree(to);
        aboutToChange(to);
        if (!Files.isDirectory(from, LinkOption.NOFOLLOW_LINKS)) {
            Files.createLink(to, from);
        } else {
            for (var name : names(from)) {
                if (Files.isDirectory(from.resolve(name), LinkOption.NOFOLLOW_LINKS)) {
                    Files.createDirectory(to.resolve(name));
                } else {
                    Files.createLink(to.resolve(name), from.resolve(name));
                }
            }
        }
        AtomicFile.forceDirectory(to.getParent());
    }

    /** Gives a file, or a directory where none is, another name in the same directory. */
    void rename(Path from, Path to) throws IOException {
        aboutToChange(to);
        AtomicFile.rename(from, to);
    }

    /** Removes a file, a link, or a directory with all that is in it; fine if there is nothing. */
    void removeTree(Path path) throws IOException {
        if (!isThere(path)) {
            return;
        }
        aboutToChange(path);
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException problem) throws IOException {
                if (problem != null) {
                    throw problem;
                }
                Files.delete(directory);
                return FileVisitResult.CONTINUE;
            }
        });
        AtomicFile.forceDirectory(path.getParent());
    }

    /** Removes a directory if nothing is in it. */
    void removeIfEmpty(Path directory) throws IOException {
        if (Files.isDirectory(directory)) {
            try (var entries = Files.list(directory)) {
                if (entries.findAny().isPresent()) {
                    return;
                }
            }
            removeTree(directory);
        }
    }

    /** Adds a line to a file, which is its owner's alone. */
    void append(Path file, String line) throws IOException {
        write(file, line + "\n", StandardOpenOption.APPEND);
    }

    /** Leaves nothing in a file, which is its owner's alone. */
    void empty(Path file) throws IOException {
        write(file, "", StandardOpenOption.TRUNCATE_EXISTING);
    }

    private void write(Path file, String text, OpenOption how) throws IOException {
        aboutToChange(file);
        var isNew = !isThere(file);
        try (var channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, how, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(Access.SECRET.permissions()))) {
            channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            channel.force(true);
        }
        if (isNew) {
            AtomicFile.forceDirectory(file.getParent());
        }
    }

    /** Says who may do what with a file or directory. */
    void protect(Path path, int user, int group, Access access) throws IOException {
        aboutToChange(path);
        give(path, user, group);
        Files.setPosixFilePermissions(path, access.permissions());
    }

    /** Says whose a file is. */
    void give(Path path, int user, int group) throws IOException {
        Files.setAttribute(path, "unix:uid", user, LinkOption.NOFOLLOW_LINKS);
        Files.setAttribute(path, "unix:gid", group, LinkOption.NOFOLLOW_LINKS);
    }

    /** The files of a directory whose names begin and end like this. */
    List<Path> list(Path directory, String begin, String end) throws IOException {
        if (!Files.isDirectory(directory)) {
            return List.of();
        }
        try (var files = Files.list(directory)) {
            return files.filter(file -> {
                        var name = file.getFileName().toString();
                        return name.startsWith(begin) && name.endsWith(end);
                    })
                    .sorted()
                    .toList();
        }
    }
}
