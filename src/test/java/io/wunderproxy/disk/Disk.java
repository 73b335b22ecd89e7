package io.wunderproxy.disk;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.file.AccessDeniedException;
import java.nio.file.AccessMode;
import java.nio.file.CopyOption;
import java.nio.file.DirectoryStream;
import java.nio.file.FileStore;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.FileAttributeView;
import java.nio.file.spi.FileSystemProvider;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * A directory, and what of it would be there after a power cut at this moment: of a file the content that was forced, under the
 * names that were in the directory when that was forced. Content that was not forced is lost, which is the worst that may happen.
 */
final class Disk {

    private final Path real;
    private final Map<Object, byte[]> forcedContents = new HashMap<>();
    private final Map<Path, Map<String, Object>> forcedEntries = new HashMap<>();
    private final List<Runnable> observers = new ArrayList<>();
    private final Set<Path> closed = new HashSet<>();

    /** @param real where the files are, as they look without a power cut */
    Disk(Path real) throws IOException {
        this.real = real.toRealPath();
        forcedEntries.put(this.real, Map.of());
    }

    /** The directory as a program sees it. */
    Path directory() {
        return wrap(real);
    }

    /** Is called after each step that a power cut may follow. */
    void afterEachStep(Runnable observer) {
        observers.add(observer);
    }

    /** Lets nobody read this directory from now on, as a missing permission does for all but root. */
    void closeToReaders(Path directory) {
        closed.add(unwrap(directory));
    }

    /** What a file would contain; empty if there would be none, {@code lost} if its content would be. */
    Optional<String> afterPowerCut(String file) {
        return content(file, entriesOf(real.resolve(file).getParent()));
    }

    /** The same if the directory happened to reach the disk by itself, as it may at any time. */
    Optional<String> afterLatePowerCut(String file) {
        try {
            return content(file, entries(real.resolve(file).getParent()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Optional<String> content(String file, Map<String, Object> entries) {
        return Optional.ofNullable(entries.get(real.resolve(file).getFileName().toString()))
                .map(key -> Optional.ofNullable(forcedContents.get(key))
                        .map(String::new)
                        .orElse("lost"));
    }

    /** A directory is there if those above it know its name. */
    private Map<String, Object> entriesOf(Path directory) {
        var known = forcedEntries.getOrDefault(directory, Map.of());
        if (directory.equals(real)) {
            return known;
        }
        var above = entriesOf(directory.getParent());
        return above.containsKey(directory.getFileName().toString()) ? known : Map.of();
    }

    private static Map<String, Object> entries(Path directory) throws IOException {
        var entries = new TreeMap<String, Object>();
        try (var files = Files.list(directory)) {
            for (var file : files.toList()) {
                entries.put(file.getFileName().toString(), key(file));
            }
        }
        return entries;
    }

    private static Object key(Path file) throws IOException {
        return Files.readAttributes(file, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .fileKey();
    }

    private void force(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            forcedEntries.put(file, entries(file));
        } else {
            forcedContents.put(key(file), Files.readAllBytes(file));
        }
    }

    private void step() {
        observers.forEach(Runnable::run);
    }

    private interface Wrapped {
        Path unwrap();
    }

    private static Path unwrap(Path path) {
        return path instanceof Wrapped wrapped ? wrapped.unwrap() : path;
    }

    private Path wrap(Path path) {
        return (Path) Proxy.newProxyInstance(
                Disk.class.getClassLoader(), new Class<?>[] {Path.class, Wrapped.class}, (self, method, arguments) -> {
                    switch (method.getName()) {
                        case "unwrap" -> {
                            return path;
                        }
                        case "getFileSystem" -> {
                            return files;
                        }
                        default -> {
                            var given = arguments == null ? new Object[0] : arguments.clone();
                            for (var i = 0; i < given.length; i++) {
                                given[i] = given[i] instanceof Path p ? unwrap(p) : given[i];
                            }
                            try {
                                var result = method.invoke(path, given);
                                return result instanceof Path p ? wrap(p) : result;
                            } catch (InvocationTargetException e) {
                                throw e.getCause();
                            }
                        }
                    }
                });
    }

    private final class Provider extends FileSystemProvider {

        private final FileSystemProvider usual = FileSystems.getDefault().provider();

        @Override
        public FileChannel newFileChannel(Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes)
                throws IOException {
            if (closed.contains(unwrap(path))) {
                throw new AccessDeniedException(unwrap(path).toString());
            }
            var channel = new Channel(unwrap(path), usual.newFileChannel(unwrap(path), options, attributes));
            step();
            return channel;
        }

        @Override
        public void move(Path from, Path to, CopyOption... options) throws IOException {
            usual.move(unwrap(from), unwrap(to), options);
            step();
        }

        @Override
        public void createDirectory(Path directory, FileAttribute<?>... attributes) throws IOException {
            usual.createDirectory(unwrap(directory), attributes);
            step();
        }

        @Override
        public void delete(Path path) throws IOException {
            usual.delete(unwrap(path));
            step();
        }

        @Override
        public String getScheme() {
            return "disk";
        }

        @Override
        public FileSystem newFileSystem(URI uri, Map<String, ?> environment) {
            throw new UnsupportedOperationException();
        }

        @Override
        public FileSystem getFileSystem(URI uri) {
            return files;
        }

        @Override
        public Path getPath(URI uri) {
            throw new UnsupportedOperationException();
        }

        @Override
        public SeekableByteChannel newByteChannel(
                Path path, Set<? extends OpenOption> options, FileAttribute<?>... attributes) throws IOException {
            return newFileChannel(path, options, attributes);
        }

        @Override
        public DirectoryStream<Path> newDirectoryStream(Path directory, DirectoryStream.Filter<? super Path> filter)
                throws IOException {
            return usual.newDirectoryStream(unwrap(directory), path -> filter.accept(wrap(path)));
        }

        @Override
        public void copy(Path source, Path target, CopyOption... options) throws IOException {
            usual.copy(unwrap(source), unwrap(target), options);
        }

        @Override
        public boolean isSameFile(Path path, Path path2) throws IOException {
            return usual.isSameFile(unwrap(path), unwrap(path2));
        }

        @Override
        public boolean isHidden(Path path) throws IOException {
            return usual.isHidden(unwrap(path));
        }

        @Override
        public FileStore getFileStore(Path path) throws IOException {
            return usual.getFileStore(unwrap(path));
        }

        @Override
        public void checkAccess(Path path, AccessMode... modes) throws IOException {
            usual.checkAccess(unwrap(path), modes);
        }

        @Override
        public <V extends FileAttributeView> V getFileAttributeView(Path path, Class<V> type, LinkOption... options) {
            return usual.getFileAttributeView(unwrap(path), type, options);
        }

        @Override
        public <A extends BasicFileAttributes> A readAttributes(Path path, Class<A> type, LinkOption... options)
                throws IOException {
            return usual.readAttributes(unwrap(path), type, options);
        }

        @Override
        public Map<String, Object> readAttributes(Path path, String attributes, LinkOption... options)
                throws IOException {
            return usual.readAttributes(unwrap(path), attributes, options);
        }

        @Override
        public void setAttribute(Path path, String attribute, Object value, LinkOption... options) throws IOException {
            usual.setAttribute(unwrap(path), attribute, value, options);
        }
    }

    private final FileSystem files = new FileSystem() {

        private final FileSystemProvider provider = new Provider();

        @Override
        public FileSystemProvider provider() {
            return provider;
        }

        @Override
        public void close() {}

        @Override
        public boolean isOpen() {
            return true;
        }

        @Override
        public boolean isReadOnly() {
            return false;
        }

        @Override
        public String getSeparator() {
            return "/";
        }

        @Override
        public Iterable<Path> getRootDirectories() {
            return List.of();
        }

        @Override
        public Iterable<FileStore> getFileStores() {
            return List.of();
        }

        @Override
        public Set<String> supportedFileAttributeViews() {
            return Set.of("basic", "posix", "unix");
        }

        @Override
        public Path getPath(String first, String... more) {
            return wrap(Path.of(first, more));
        }

        @Override
        public java.nio.file.PathMatcher getPathMatcher(String syntaxAndPattern) {
            throw new UnsupportedOperationException();
        }

        @Override
        public java.nio.file.attribute.UserPrincipalLookupService getUserPrincipalLookupService() {
            throw new UnsupportedOperationException();
        }

        @Override
        public java.nio.file.WatchService newWatchService() {
            throw new UnsupportedOperationException();
        }
    };

    /** A channel whose forcing is noted. */
    private final class Channel extends FileChannel {

        private final Path file;
        private final FileChannel usual;

        Channel(Path file, FileChannel usual) {
            this.file = file;
            this.usual = usual;
        }

        @Override
        public void force(boolean metaData) throws IOException {
            usual.force(metaData);
            Disk.this.force(file);
            step();
        }

        @Override
        public int write(ByteBuffer bytes) throws IOException {
            // No more at once than a disk that is nearly full would take.
            var some = bytes.slice(bytes.position(), Math.min(7, bytes.remaining()));
            var written = usual.write(some);
            bytes.position(bytes.position() + written);
            step();
            return written;
        }

        @Override
        public int read(ByteBuffer bytes) throws IOException {
            return usual.read(bytes);
        }

        @Override
        public long read(ByteBuffer[] bytes, int offset, int length) throws IOException {
            return usual.read(bytes, offset, length);
        }

        @Override
        public long write(ByteBuffer[] bytes, int offset, int length) throws IOException {
            return usual.write(bytes, offset, length);
        }

        @Override
        public long position() throws IOException {
            return usual.position();
        }

        @Override
        public FileChannel position(long position) throws IOException {
            return usual.position(position);
        }

        @Override
        public long size() throws IOException {
            return usual.size();
        }

        @Override
        public FileChannel truncate(long size) throws IOException {
            return usual.truncate(size);
        }

        @Override
        public long transferTo(long position, long count, WritableByteChannel target) throws IOException {
            return usual.transferTo(position, count, target);
        }

        @Override
        public long transferFrom(ReadableByteChannel source, long position, long count) throws IOException {
            return usual.transferFrom(source, position, count);
        }

        @Override
        public int read(ByteBuffer bytes, long position) throws IOException {
            return usual.read(bytes, position);
        }

        @Override
        public int write(ByteBuffer bytes, long position) throws IOException {
            return usual.write(bytes, position);
        }

        @Override
        public MappedByteBuffer map(MapMode mode, long position, long size) throws IOException {
            return usual.map(mode, position, size);
        }

        @Override
        public FileLock lock(long position, long size, boolean shared) throws IOException {
            return usual.lock(position, size, shared);
        }

        @Override
        public FileLock tryLock(long position, long size, boolean shared) throws IOException {
            return usual.tryLock(position, size, shared);
        }

        @Override
        protected void implCloseChannel() throws IOException {
            usual.close();
        }
    }
}
