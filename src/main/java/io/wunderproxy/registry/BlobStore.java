package io.wunderproxy.registry;

import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Files of any size below one root, by key. Calls block for a bounded time, streams for one between two reads. From any thread. */
public interface BlobStore {

    /** The bucket or directory; opens no connection yet. */
    static BlobStore open(ImageBucket bucket) {
        return bucket.isDirectory() ? new DirectoryBlobStore(bucket.directory()) : new S3BlobStore(bucket);
    }

    /** The content, whole; empty when there is no such file. What is longer is cut off there. */
    default Optional<byte[]> read(String key, int atMost) throws StoreException {
        var in = open(key, 0);
        if (in.isEmpty()) {
            return Optional.empty();
        }
        try (var content = in.get()) {
            return Optional.of(content.readNBytes(atMost));
        } catch (IOException e) {
            throw new StoreException("cannot read " + locate(key) + ": " + e.getMessage(), e);
        }
    }

    /** The content from this byte on, which must exist; empty when there is no such file. */
    Optional<InputStream> open(String key, long from) throws StoreException;

    /** How many bytes it has; empty when there is no such file. */
    OptionalLong size(String key) throws StoreException;

    /** The names of the folders right below this one; a folder has no slash at its end. */
    List<String> folders(String folder) throws StoreException;

    /** Writes or replaces a small file. */
    void write(String key, byte[] content) throws StoreException;

    /** Writes or replaces a file of any size; nobody sees a part of it. */
    void write(String key, Path content) throws StoreException;

    /** Where anybody may read it for this time; empty if this store has no such addresses. */
    Optional<URI> address(String key, Duration valid) throws StoreException;

    /** Where a file lies, for people. */
    String locate(String key);
}
