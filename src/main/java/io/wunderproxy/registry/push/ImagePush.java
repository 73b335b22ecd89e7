package io.wunderproxy.registry.push;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.registry.BlobStore;
import io.wunderproxy.registry.Digest;
import io.wunderproxy.registry.ImageMediaTypes;
import io.wunderproxy.registry.Layout;
import io.wunderproxy.registry.Names;
import io.wunderproxy.store.StoreException;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.DigestOutputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Writes the image of a tar archive into a bucket, in the layout of the standard registry and in an order in which nobody sees a
 * part of it: blobs, then what refers to them, the tag last. What is there already is not sent again.
 */
public final class ImagePush {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int CHUNK = 128 * 1024;

    private final BlobStore store;
    private final Path directory;
    private final boolean force;
    private final Consumer<String> progress;
    private long sent;
    private int blobsSent;
    private int blobsThere;

    /**
     * @param directory for one layer at a time, compressed
     * @param force whether blobs are sent even if they are there
     * @param progress gets a line for each step
     */
    public ImagePush(ImageBucket bucket, Path directory, boolean force, Consumer<String> progress) {
        this.store = BlobStore.open(bucket);
        this.directory = directory;
        this.force = force;
        this.progress = progress;
    }

    /**
     * Where an image goes.
     *
     * @param repository without the host of a registry
     */
    public record Name(String repository, String tag) {}

    /**
     * The result of a push.
     *
     * @param digest of the manifest
     * @param blobsSent how many blobs were not there before; {@code bytesSent} are their bytes
     */
    public record Pushed(Name name, String digest, int blobsSent, int blobsThere, long bytesSent) {}

    /** The archive holds no image that can be pushed; the message says why. */
    public static final class InvalidArchiveException extends Exception {
        InvalidArchiveException(String message, Throwable cause) {
            super(message, cause);
        }
    }

    /** How an image is named in the bucket, from what the archive calls it. */
    public interface Naming {
        /** @param own its name in the archive, if it has one there */
        Name name(Optional<Named> own);
    }

    /**
     * The name of an image, as far as it is known.
     *
     * @param repository without the host of a registry
     */
    public record Named(Optional<String> repository, Optional<String> tag) {

        /** Reads {@code [host/]repository[:tag]}; empty if a repository can't be called like that. */
        public static Optional<Named> parse(String reference) {
            var slash = reference.indexOf('/');
            var host = slash < 0 ? "" : reference.substring(0, slash);
            var path = host.contains(".") || host.contains(":") || host.equals("localhost")
                    ? reference.substring(slash + 1)
                    : reference;
            var name = path.replaceFirst("@.*", "");
            var colon = name.lastIndexOf(':');
            var repository = colon < 0 ? name : name.substring(0, colon);
            var tag = colon < 0 ? Optional.<String>empty() : Optional.of(name.substring(colon + 1));
            return Names.isRepository(repository) && tag.map(Names::isTag).orElse(true)
                    ? Optional.of(new Named(Optional.of(repository), tag))
                    : Optional.empty();
        }
    }

    /** Whether a repository may have this name. */
    public static boolean isRepository(String name) {
        return Names.isRepository(name);
    }

    public static boolean isTag(String name) {
        return Names.isTag(name);
    }

    /**
     * Writes the image.
     *
     * @throws StoreException if the bucket can't be written, or this machine has no room for a layer
     */
    public Pushed push(Path archive, Naming naming) throws StoreException, InvalidArchiveException {
        try (var tar = new ImageArchive(archive)) {
            return push(tar, naming);
        } catch (IOException e) {
            throw new InvalidArchiveException(
                    e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage(), e);
        }
    }

    private Pushed push(ImageArchive archive, Naming naming) throws IOException, StoreException {
        var image = archive.image();
        var name = naming.name(image.name());
        var layers = new ArrayList<Layer>();
        var known = new HashMap<String, Layer>();
        for (var file : image.layers()) {
            var what = "layer " + (layers.size() + 1) + " of " + image.layers().size();
            var layer = known.get(file);
            if (layer == null) {
                layer = layer(archive, file, what, name.repository());
                known.put(file, layer);
            }
            layers.add(layer);
        }
        checkLayers(image.config(), layers);
        var manifest = manifest(image, layers);
        send(Digest.of(image.config()), image.config(), "configuration");
        link(Layout.blobLink(name.repository(), Digest.of(image.config())), Digest.of(image.config()));
        var digest = Digest.of(manifest);
        send(digest, manifest, "manifest");
        link(Layout.revisionLink(name.repository(), digest), digest);
        link(Layout.tagIndexLink(name.repository(), name.tag(), digest), digest);
        link(Layout.tagLink(name.repository(), name.tag()), digest);
        return new Pushed(name, digest.toString(), blobsSent, blobsThere, sent);
    }

    private enum Compression {
        GZIP,
        ZSTD,
        NONE
    }

    /**
     * A layer as it is in the bucket.
     *
     * @param before how it was compressed in the archive
     * @param content the digest of what is compressed; empty where that is not known
     */
    private record Layer(Digest digest, long size, Compression before, Optional<Digest> content) {
        boolean isZstd() {
            return before == Compression.ZSTD;
        }
    }

    private Layer layer(ImageArchive archive, String file, String what, String repository)
            throws IOException, StoreException {
        var compressed = Files.createTempFile(directory, "layer", "");
        try {
            var layer = compress(archive, file, what, compressed);
            if (isThere(layer.digest(), layer.size())) {
                blobsThere++;
                progress.accept(what + ": is there already (" + megabytes(layer.size()) + ")");
            } else {
                progress.accept(what + ": sending " + megabytes(layer.size()));
                store.write(Layout.data(layer.digest()), compressed);
                blobsSent++;
                sent += layer.size();
            }
            link(Layout.blobLink(repository, layer.digest()), layer.digest());
            return layer;
        } finally {
            Files.deleteIfExists(compressed);
        }
    }

    private Layer compress(ImageArchive archive, String file, String what, Path target) throws IOException {
        Compression before;
        try (var in = archive.open(file)) {
            before = compression(in.readNBytes(4));
        }
        var digest = Digest.algorithm();
        var content = Optional.<Digest>empty();
        try (var in = archive.open(file);
                var out = new DigestOutputStream(
                        new BufferedOutputStream(Files.newOutputStream(target), CHUNK), digest)) {
            if (before == Compression.NONE) {
                progress.accept(what + ": compressing " + megabytes(archive.size(file)));
                content = Optional.of(gzip(in, out));
            } else {
                in.transferTo(out);
            }
        }
        if (before == Compression.GZIP) {
            try (var in = new DigestInputStream(
                    new GZIPInputStream(Files.newInputStream(target), CHUNK), Digest.algorithm())) {
                in.transferTo(OutputStream.nullOutputStream());
                content = Optional.of(Digest.of(in.getMessageDigest()));
            }
        }
        return new Layer(Digest.of(digest), Files.size(target), before, content);
    }

    /** Makes the same bytes at any time: the header has no time and no name. */
    private static Digest gzip(InputStream in, OutputStream out) throws IOException {
        try (var content = new DigestInputStream(in, Digest.algorithm());
                var gzip = new GZIPOutputStream(out, CHUNK)) {
            content.transferTo(gzip);
            return Digest.of(content.getMessageDigest());
        }
    }

    private static Compression compression(byte[] begin) {
        if (begin.length >= 2 && begin[0] == 0x1f && begin[1] == (byte) 0x8b) {
            return Compression.GZIP;
        }
        return begin.length == 4
                        && begin[0] == 0x28
                        && begin[1] == (byte) 0xb5
                        && begin[2] == 0x2f
                        && begin[3] == (byte) 0xfd
                ? Compression.ZSTD
                : Compression.NONE;
    }

    /** The configuration names the layers by their content: what was damaged on its way is found here. */
    private static void checkLayers(byte[] config, List<Layer> layers) throws IOException {
        var expected = JSON.readTree(config).path("rootfs").path("diff_ids");
        if (expected.size() != layers.size()) {
            throw new IOException(
                    "its configuration names " + expected.size() + " layers, and it has " + layers.size());
        }
        for (var i = 0; i < layers.size(); i++) {
            var content = layers.get(i).content();
            if (content.isPresent()
                    && !content.get().toString().equals(expected.get(i).asText())) {
                throw new IOException(
                        "layer " + (i + 1) + " in it is damaged: it is not the one that the image is made of");
            }
        }
    }

    /** That of the archive as it is, if it names the layers as they are sent; else one that does. */
    private static byte[] manifest(ImageArchive.Image image, List<Layer> layers) throws IOException {
        if (image.manifest().isPresent() && names(JSON.readTree(image.manifest().get()), layers)) {
            return image.manifest().get();
        }
        // Docker has no name for zstd.
        var oci = image.manifest().isPresent() || layers.stream().anyMatch(Layer::isZstd);
        var manifest = JsonNodeFactory.instance
                .objectNode()
                .put("schemaVersion", 2)
                .put("mediaType", oci ? ImageMediaTypes.OCI_MANIFEST : ImageMediaTypes.DOCKER_MANIFEST);
        describe(
                manifest.putObject("config"),
                oci ? ImageMediaTypes.OCI_CONFIG : ImageMediaTypes.DOCKER_CONFIG,
                Digest.of(image.config()),
                image.config().length);
        var array = manifest.putArray("layers");
        for (var layer : layers) {
            describe(
                    array.addObject(),
                    layer.isZstd()
                            ? ImageMediaTypes.OCI_LAYER_ZSTD
                            : oci ? ImageMediaTypes.OCI_LAYER_GZIP : ImageMediaTypes.DOCKER_LAYER,
                    layer.digest(),
                    layer.size());
        }
        try {
            return JSON.writerWithDefaultPrettyPrinter()
                    .writeValueAsString(manifest)
                    .getBytes(StandardCharsets.UTF_8);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        }
    }

    private static boolean names(JsonNode manifest, List<Layer> layers) {
        var named = manifest.path("layers")
                .valueStream()
                .map(l -> l.path("digest").asText())
                .toList();
        return named.equals(layers.stream().map(l -> l.digest().toString()).toList());
    }

    private static void describe(ObjectNode descriptor, String mediaType, Digest digest, long size) {
        descriptor.put("mediaType", mediaType).put("size", size).put("digest", digest.toString());
    }

    private void send(Digest digest, byte[] content, String what) throws StoreException {
        if (isThere(digest, content.length)) {
            blobsThere++;
            return;
        }
        progress.accept(what + ": sending " + digest);
        store.write(Layout.data(digest), content);
        blobsSent++;
        sent += content.length;
    }

    private boolean isThere(Digest digest, long size) throws StoreException {
        return !force && store.size(Layout.data(digest)).equals(OptionalLong.of(size));
    }

    private void link(String key, Digest digest) throws StoreException {
        store.write(key, digest.toString().getBytes(StandardCharsets.US_ASCII));
    }

    private static String megabytes(long bytes) {
        return String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
    }
}
