package io.wunderproxy.registry.push;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.registry.Digest;
import io.wunderproxy.registry.ImageMediaTypes;
import io.wunderproxy.registry.Names;
import io.wunderproxy.registry.push.ImagePush.Named;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarFile;

/**
 * The one image of a tar archive: as {@code docker save} writes it, which is recognised by its {@code manifest.json}, or in the OCI
 * layout.
 */
final class ImageArchive implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final int MAX_JSON_BYTES = 4 * 1024 * 1024;

    /** How many indexes may name one another. */
    private static final int DEEPEST = 3;

    private final TarFile tar;
    private final Map<String, TarArchiveEntry> entries = new HashMap<>();

    /**
     * @param name what the archive calls it
     * @param manifest its manifest, if the archive has one
     * @param layers the names of their files
     */
    record Image(Optional<Named> name, Optional<byte[]> manifest, byte[] config, List<String> layers) {}

    /** @throws IOException if it is not a tar archive */
    ImageArchive(Path file) throws IOException {
        tar = new TarFile(file);
        for (var entry : tar.getEntries()) {
            entries.put(entry.getName().replaceFirst("^\\./", ""), entry);
        }
    }

    /** @throws IOException if there is none, or more than one; the message says so */
    Image image() throws IOException {
        if (entries.containsKey("manifest.json")) {
            return saved(json("manifest.json"));
        }
        if (entries.containsKey("index.json")) {
            return ociImage();
        }
        throw new IOException("it has neither a manifest.json nor an index.json: it is not what 'docker save' writes");
    }

    private Image saved(JsonNode images) throws IOException {
        if (images.size() != 1) {
            throw new IOException("it has " + images.size() + " images; save just one: docker save NAME:TAG");
        }
        var image = images.get(0);
        var layers = new ArrayList<String>();
        image.path("Layers").forEach(layer -> layers.add(layer.asText()));
        return new Image(
                Optional.ofNullable(image.path("RepoTags").path(0).textValue()).flatMap(Named::parse),
                Optional.empty(),
                small(image.path("Config").asText()),
                layers);
    }

    private Image ociImage() throws IOException {
        var descriptor = only(json("index.json"), 0);
        var content = small(blob(descriptor));
        verify(descriptor, content);
        var manifest = JSON.readTree(content);
        var layers = new ArrayList<String>();
        for (var layer : manifest.path("layers")) {
            layers.add(blob(layer));
        }
        var config = small(blob(manifest.path("config")));
        verify(manifest.path("config"), config);
        return new Image(name(descriptor), Optional.of(content), config, layers);
    }

    private static void verify(JsonNode descriptor, byte[] content) throws IOException {
        if (!Digest.of(content).toString().equals(descriptor.path("digest").asText())) {
            throw new IOException(blob(descriptor) + " is damaged: its digest is not the one that it is named by");
        }
    }

    /** The image that an index lists; of one for several platforms, that for this machine. */
    private JsonNode only(JsonNode index, int depth) throws IOException {
        var manifests = index.path("manifests").valueStream().toList();
        if (manifests.size() > 1) {
            manifests =
                    manifests.stream().filter(ImageArchive::isForThisMachine).toList();
        }
        if (manifests.size() != 1 || depth == DEEPEST) {
            throw new IOException("it has " + manifests.size() + " images for linux/" + architecture()
                    + "; save just one: docker save NAME:TAG");
        }
        var descriptor = manifests.getFirst();
        return switch (descriptor.path("mediaType").asText()) {
            case ImageMediaTypes.OCI_INDEX, ImageMediaTypes.DOCKER_LIST -> {
                var content = small(blob(descriptor));
                verify(descriptor, content);
                var inner = only(JSON.readTree(content), depth + 1);
                yield inner.has("annotations")
                        ? inner
                        : ((ObjectNode) inner).set("annotations", descriptor.path("annotations"));
            }
            default -> descriptor;
        };
    }

    private static boolean isForThisMachine(JsonNode descriptor) {
        var platform = descriptor.path("platform");
        return platform.path("os").asText("linux").equals("linux")
                && platform.path("architecture").asText(architecture()).equals(architecture());
    }

    private static String architecture() {
        return switch (System.getProperty("os.arch")) {
            case "aarch64" -> "arm64";
            case String other -> other;
        };
    }

    /** Tools write either the whole name or the tag alone. */
    private static Optional<Named> name(JsonNode descriptor) {
        var annotations = descriptor.path("annotations");
        var reference = annotations.path("org.opencontainers.image.ref.name").asText();
        return Optional.ofNullable(annotations.path("io.containerd.image.name").textValue())
                .or(() -> Optional.of(reference).filter(r -> r.contains(":") || r.contains("/")))
                .flatMap(Named::parse)
                .or(() -> Optional.of(reference)
                        .filter(Names::isTag)
                        .map(tag -> new Named(Optional.empty(), Optional.of(tag))));
    }

    private static String blob(JsonNode descriptor) throws IOException {
        return "blobs/sha256/"
                + Digest.parse(descriptor.path("digest").asText())
                        .orElseThrow(() -> new IOException("one of its manifests names no SHA-256 digest"))
                        .hex();
    }

    private JsonNode json(String name) throws IOException {
        return JSON.readTree(small(name));
    }

    private byte[] small(String name) throws IOException {
        try (var in = open(name)) {
            var content = in.readNBytes(MAX_JSON_BYTES + 1);
            if (content.length > MAX_JSON_BYTES) {
                throw new IOException(name + " in it is larger than 4 MiB");
            }
            return content;
        }
    }

    /** How many bytes a file in it has. */
    long size(String name) throws IOException {
        return entry(name).getSize();
    }

    InputStream open(String name) throws IOException {
        return tar.getInputStream(entry(name));
    }

    /** Layers that are the same are links in what older engines save. */
    private TarArchiveEntry entry(String name) throws IOException {
        var path = name;
        for (var links = 0; links < 10; links++) {
            var entry = entries.get(path);
            if (entry == null) {
                throw new IOException("it has no " + path + ": it was cut short, or is not what 'docker save' writes");
            }
            if (entry.isSymbolicLink()) {
                path = Path.of("/" + path)
                        .resolveSibling(entry.getLinkName())
                        .normalize()
                        .toString()
                        .substring(1);
            } else if (entry.isLink()) {
                path = entry.getLinkName();
            } else {
                return entry;
            }
        }
        throw new IOException(name + " in it is a link that leads nowhere");
    }

    @Override
    public void close() throws IOException {
        tar.close();
    }
}
