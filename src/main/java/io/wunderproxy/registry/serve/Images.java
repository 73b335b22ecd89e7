package io.wunderproxy.registry.serve;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.registry.BlobStore;
import io.wunderproxy.registry.Digest;
import io.wunderproxy.registry.ImageMediaTypes;
import io.wunderproxy.registry.Layout;
import io.wunderproxy.registry.Names;
import io.wunderproxy.store.StoreException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

/** The images in the buckets, as a registry knows them. Calls block. From any thread. */
final class Images {

    private static final ObjectMapper JSON = new ObjectMapper();

    /** Size of the largest manifest that registries accept. */
    private static final int MAX_MANIFEST_BYTES = 4 * 1024 * 1024;

    private static final int MAX_LINK_BYTES = 256;

    /** How many blobs are fetched from the stores at a time. */
    private static final int TRANSFERS = 16;

    private static final long LONGEST_WAIT_SECONDS = 60;

    /** How long a layer may wait in the queue of the engine that was sent to the store. */
    private static final Duration ADDRESS_VALID = Duration.ofMinutes(20);

    private final ImageBuckets buckets;
    private final BlobCache cache;
    private final ConcurrentHashMap<ImageBucket, BlobStore> stores = new ConcurrentHashMap<>();
    private final Semaphore transfers = new Semaphore(TRANSFERS);
    private final AtomicReference<Optional<String>> problem = new AtomicReference<>(Optional.empty());

    Images(ImageBuckets buckets, BlobCache cache) {
        this.buckets = buckets;
        this.cache = cache;
    }

    /** @param mediaType what it says that it is */
    record Manifest(Digest digest, String mediaType, byte[] content) {}

    /** A blob that the store has. */
    record Blob(Digest digest, long size, BlobStore store) {}

    /** Why the store could not be used the last time; empty if it could. */
    Optional<String> problem() {
        return problem.get();
    }

    /** Looks whether the agent's bucket can be read. */
    void check() {
        try {
            if (buckets.usual().isPresent()) {
                in(buckets.usual().get(), store -> store.read(Layout.tagLink("any", "any"), 1));
            }
        } catch (RegistryError e) {
            // It is reported as the problem.
        }
    }

    /** @param reference a tag or a digest */
    Manifest manifest(String repository, String reference) throws RegistryError {
        var named = Digest.parse(reference);
        if (named.isEmpty() && !Names.isTag(reference)) {
            throw reference.contains(":")
                    ? RegistryError.digestInvalid()
                    : RegistryError.manifestUnknown("this is no name of a tag");
        }
        var searched = named.isPresent() ? buckets.ofDigest(repository) : buckets.ofTag(repository, reference);
        for (var bucket : searched) {
            var manifest = named.isPresent()
                    ? in(bucket, store -> revision(store, repository, named.get()))
                    : in(bucket, store -> tagged(store, repository, reference));
            if (manifest.isPresent()) {
                return manifest.get();
            }
        }
        throw RegistryError.manifestUnknown(
                "there is no " + repository + (named.isPresent() ? "@" : ":") + reference + in(searched));
    }

    private Optional<Manifest> tagged(BlobStore store, String repository, String tag)
            throws StoreException, RegistryError {
        var key = Layout.tagLink(repository, tag);
        var link = store.read(key, MAX_LINK_BYTES);
        if (link.isEmpty()) {
            return Optional.empty();
        }
        var digest = Digest.parse(new String(link.get(), StandardCharsets.US_ASCII).strip())
                .orElseThrow(() -> RegistryError.damaged(store.locate(key) + " does not hold a digest"));
        return revision(store, repository, digest);
    }

    private Optional<Manifest> revision(BlobStore store, String repository, Digest digest)
            throws StoreException, RegistryError {
        if (store.size(Layout.revisionLink(repository, digest)).isEmpty()) {
            return Optional.empty();
        }
        var key = Layout.data(digest);
        var content = store.read(key, MAX_MANIFEST_BYTES + 1);
        if (content.isEmpty()) {
            return Optional.empty();
        }
        var actual = Digest.of(content.get());
        if (!actual.equals(digest)) {
            throw RegistryError.damaged(store.locate(key) + " has the digest " + actual
                    + ": it was altered or cut short; push the image again with --force");
        }
        return Optional.of(new Manifest(digest, mediaType(store.locate(key), content.get()), content.get()));
    }

    /** The media type that the manifest names, or that follows from its fields. */
    private static String mediaType(String where, byte[] content) throws RegistryError {
        JsonNode manifest;
        try {
            manifest = JSON.readTree(content);
        } catch (IOException e) {
            throw RegistryError.damaged(where + " is no manifest: it is not JSON");
        }
        var type = manifest.path("mediaType").asText();
        if (type.matches("[a-z0-9][a-zA-Z0-9.+/-]{0,200}")) {
            return type;
        }
        if (manifest.path("schemaVersion").asInt() == 1) {
            return manifest.has("signatures") ? ImageMediaTypes.DOCKER_V1_SIGNED : ImageMediaTypes.DOCKER_V1;
        }
        return manifest.has("manifests") ? ImageMediaTypes.OCI_INDEX : ImageMediaTypes.OCI_MANIFEST;
    }

    Blob blob(String repository, Digest digest) throws RegistryError {
        var searched = buckets.ofDigest(repository);
        for (var bucket : searched) {
            var blob = in(bucket, store -> blob(store, repository, digest));
            if (blob.isPresent()) {
                return blob.get();
            }
        }
        throw RegistryError.blobUnknown("repository " + repository + " has no blob " + digest + in(searched));
    }

    private Optional<Blob> blob(BlobStore store, String repository, Digest digest) throws StoreException {
        if (store.size(Layout.blobLink(repository, digest)).isEmpty()) {
            return Optional.empty();
        }
        var known = cache.size(digest);
        var size = known.isPresent() ? known : store.size(Layout.data(digest));
        return size.isPresent() ? Optional.of(new Blob(digest, size.getAsLong(), store)) : Optional.empty();
    }

    /** Where the engine itself may fetch a blob; empty if its store has no addresses. */
    Optional<URI> address(Blob blob) throws RegistryError {
        try {
            return blob.store().address(Layout.data(blob.digest()), ADDRESS_VALID);
        } catch (StoreException e) {
            throw RegistryError.unavailable(e);
        }
    }

    /** The bytes of a blob, verified. What fails on this host is taken from the store. */
    InputStream open(Blob blob) {
        var tried = new AtomicBoolean();
        return new VerifyingStream(
                blob.digest(), blob.size(), from -> tried.getAndSet(true) ? fromStore(blob, from) : first(blob));
    }

    /** From this host if it can be, or kept there on its way. */
    private InputStream first(Blob blob) throws IOException {
        var kept = cache.open(blob.digest());
        if (kept.isPresent()) {
            return kept.get();
        }
        var download = cache.download(
                blob.digest(),
                blob.size(),
                () -> new VerifyingStream(blob.digest(), blob.size(), from -> fromStore(blob, from)));
        return download.isPresent() ? download.get().follow() : fromStore(blob, 0);
    }

    private InputStream fromStore(Blob blob, long from) throws IOException {
        try {
            if (!transfers.tryAcquire(LONGEST_WAIT_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException("too many blobs are being fetched from the store");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
        try {
            return new Transfer(
                    blob.store()
                            .open(Layout.data(blob.digest()), from)
                            .orElseThrow(() -> new IOException(
                                    blob.store().locate(Layout.data(blob.digest())) + " was removed just now")),
                    transfers);
        } catch (IOException | RuntimeException e) {
            transfers.release();
            throw e;
        } catch (StoreException e) {
            transfers.release();
            problem.set(Optional.of(e.getMessage()));
            throw new IOException(e.getMessage(), e);
        }
    }

    /** Makes room for the next one when it is closed. */
    private static final class Transfer extends FilterInputStream {

        private final Semaphore transfers;
        private boolean closed;

        Transfer(InputStream in, Semaphore transfers) {
            super(in);
            this.transfers = transfers;
        }

        @Override
        public void close() throws IOException {
            if (!closed) {
                closed = true;
                transfers.release();
                super.close();
            }
        }
    }

    /** Forgets a blob of which the copy here, or the one in the store, is damaged. */
    void forget(Blob blob) {
        cache.drop(blob.digest());
    }

    /** All tags, in the order of their letters. */
    TreeSet<String> tags(String repository) throws RegistryError {
        var searched = buckets.ofDigest(repository);
        var tags = new TreeSet<String>();
        for (var bucket : searched) {
            tags.addAll(in(bucket, store -> Optional.of(store.folders(Layout.tags(repository))))
                    .orElseThrow());
        }
        if (tags.isEmpty()) {
            throw RegistryError.nameUnknown("there is no repository " + repository + in(searched));
        }
        return tags;
    }

    private interface Question<T> {
        Optional<T> ask(BlobStore store) throws StoreException, RegistryError;
    }

    private <T> Optional<T> in(ImageBucket bucket, Question<T> question) throws RegistryError {
        try {
            var result = question.ask(stores.computeIfAbsent(bucket, BlobStore::open));
            problem.set(Optional.empty());
            return result;
        } catch (StoreException e) {
            problem.set(Optional.of(e.getMessage()));
            throw RegistryError.unavailable(e);
        }
    }

    private static String in(List<ImageBucket> searched) {
        return searched.isEmpty()
                ? ": no bucket is known for it; give --image-bucket, or ImageBucket in the launch configuration"
                : " in "
                        + searched.stream()
                                .map(ImageBucket::toString)
                                .reduce((a, b) -> a + ", " + b)
                                .orElseThrow();
    }
}
