package io.wunderproxy.registry.serve;

import io.wunderproxy.disk.AtomicFile;
import io.wunderproxy.names.ShortId;
import io.wunderproxy.registry.Digest;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;
import org.jboss.logging.Logger;

/**
 * Blobs in a directory, each in a file that is named by its digest; those that were not asked for the longest go first. What
 * can't be kept is no failure: the blob is served without it. From any thread.
 */
final class BlobCache {

    private static final Logger LOG = Logger.getLogger(BlobCache.class);

    /** On the disk that holds the journal, others need some room as well. */
    static final long FREE_BYTES = 256L * 1024 * 1024;

    private static final String PART = ".part";

    private final Path directory;
    private final long limit;
    private final Clock clock;

    /** Sizes by digest, that asked for last at the end. */
    private final Map<String, Long> kept = new LinkedHashMap<>(16, 0.75f, true);

    private final ConcurrentHashMap<String, Download> downloads = new ConcurrentHashMap<>();

    /** Bytes of the blobs that are kept or on their way. */
    private long used;

    private BlobCache(Path directory, long limit, Clock clock) {
        this.directory = directory;
        this.limit = limit;
        this.clock = clock;
    }

    /**
     * Finds what an earlier run has left.
     *
     * @param limit how many bytes may be kept; with 0 nothing is
     */
    static BlobCache open(Path directory, long limit, Clock clock) {
        var cache = new BlobCache(directory, limit, clock);
        try {
            cache.load();
        } catch (IOException e) {
            LOG.warnf("images are not kept on this host: cannot use %s: %s", directory, e.getMessage());
            return new BlobCache(directory, 0, clock);
        }
        return cache;
    }

    private record Found(Path file, long size, FileTime used) {}

    private void load() throws IOException {
        Files.createDirectories(
                directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        var found = new ArrayList<Found>();
        try (var files = Files.newDirectoryStream(directory)) {
            for (var file : files) {
                if (Digest.parse("sha256:" + file.getFileName()).isPresent()) {
                    found.add(new Found(file, Files.size(file), Files.getLastModifiedTime(file)));
                } else if (file.toString().endsWith(PART)) {
                    Files.delete(file);
                }
            }
        }
        found.sort(Comparator.comparing(Found::used));
        for (var blob : found) {
            kept.put(blob.file().getFileName().toString(), blob.size());
            used += blob.size();
        }
        makeRoom(0);
    }

    /** How large a blob is that is kept here. */
    synchronized OptionalLong size(Digest digest) {
        var size = kept.get(digest.hex());
        return size == null ? OptionalLong.empty() : OptionalLong.of(size);
    }

    /** A blob that is kept here. */
    Optional<InputStream> open(Digest digest) {
        if (size(digest).isEmpty()) {
            return Optional.empty();
        }
        var file = file(digest);
        try {
            var in = Files.newInputStream(file);
            Files.setLastModifiedTime(file, FileTime.from(clock.instant()));
            return Optional.of(in);
        } catch (IOException e) {
            LOG.warnf("cannot use %s: %s", file, e.getMessage());
            drop(digest);
            return Optional.empty();
        }
    }

    /** Where the bytes of a blob come from. */
    interface Origin {
        InputStream open() throws IOException;
    }

    /**
     * The blob from its first byte on, while it is being fetched and kept. Whoever asks meanwhile shares the one download. Empty
     * if it can't be kept.
     */
    Optional<Download> download(Digest digest, long size, Origin verified) {
        synchronized (downloads) {
            var running = downloads.get(digest.hex());
            if (running == null && reserve(size)) {
                running = new Download(part(digest), size);
                downloads.put(digest.hex(), running);
                var started = running;
                Thread.ofVirtual()
                        .name("blob-" + ShortId.of(digest.hex()))
                        .start(() -> fetch(digest, size, started, verified));
            }
            return Optional.ofNullable(running);
        }
    }

    private void fetch(Digest digest, long size, Download download, Origin verified) {
        try {
            try (var in = verified.open()) {
                download.run(in);
            }
            AtomicFile.rename(part(digest), file(digest));
            synchronized (this) {
                if (kept.put(digest.hex(), size) != null) {
                    used -= size;
                }
            }
        } catch (IOException | RuntimeException e) {
            LOG.warnf("the blob %s is not kept on this host: %s", digest, e.getMessage());
            download.breakOff();
            release(size);
            delete(part(digest));
        } finally {
            downloads.remove(digest.hex());
        }
    }

    private synchronized boolean reserve(long size) {
        if (size > limit) {
            return false;
        }
        makeRoom(size);
        try {
            if (used + size > limit || Files.getFileStore(directory).getUsableSpace() < size + FREE_BYTES) {
                return false;
            }
        } catch (IOException e) {
            return false;
        }
        used += size;
        return true;
    }

    private synchronized void release(long size) {
        used -= size;
    }

    private synchronized void makeRoom(long size) {
        var oldest = kept.entrySet().iterator();
        while (used + size > limit && oldest.hasNext()) {
            var blob = oldest.next();
            oldest.remove();
            used -= blob.getValue();
            delete(directory.resolve(blob.getKey()));
        }
    }

    /** Forgets a blob that turned out to be damaged. */
    synchronized void drop(Digest digest) {
        var size = kept.remove(digest.hex());
        if (size != null) {
            used -= size;
            delete(file(digest));
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            LOG.warnf("cannot delete %s: %s", file, e.getMessage());
        }
    }

    private Path file(Digest digest) {
        return directory.resolve(digest.hex());
    }

    private Path part(Digest digest) {
        return directory.resolve(digest.hex() + PART);
    }
}
