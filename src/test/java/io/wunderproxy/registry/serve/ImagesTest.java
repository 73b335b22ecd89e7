package io.wunderproxy.registry.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.launchconfig.ImageBucket;
import io.wunderproxy.launchconfig.ImageBuckets;
import io.wunderproxy.registry.Digest;
import io.wunderproxy.registry.DirectoryBlobStore;
import io.wunderproxy.registry.Layout;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Over a directory in the layout of the standard registry. */
class ImagesTest {

    @TempDir
    Path directory;

    private final byte[] layer = new byte[300_000];
    private final Digest digest = digest();
    private Path store;
    private Path kept;
    private Images images;

    private Digest digest() {
        new Random(7).nextBytes(layer);
        return Digest.of(layer);
    }

    @BeforeEach
    void thereIsALayer() throws Exception {
        store = Files.createDirectory(directory.resolve("store"));
        kept = directory.resolve("images");
        var written = new DirectoryBlobStore(store);
        written.write(Layout.data(digest), layer);
        written.write(Layout.blobLink("shop", digest), digest.toString().getBytes(StandardCharsets.US_ASCII));
        images = new Images(
                ImageBuckets.served(Optional.of(ImageBucket.parse("file:" + store))),
                BlobCache.open(kept, 1 << 20, Clock.systemUTC()));
    }

    private byte[] read() throws RegistryError, IOException {
        try (var in = images.open(images.blob("shop", digest))) {
            return in.readAllBytes();
        }
    }

    @Test
    void a_blob_is_kept_and_then_served_from_there() throws Exception {
        assertThat(read()).isEqualTo(layer);
        await().until(() -> Files.exists(kept.resolve(digest.hex())));
        Files.write(store.resolve(Layout.data(digest)), new byte[layer.length]);

        assertThat(read()).isEqualTo(layer);
    }

    @Test
    void where_nothing_can_be_kept_any_more_a_blob_is_served_nevertheless() throws Exception {
        Files.delete(kept);
        Files.writeString(kept, "no directory");

        assertThat(read()).isEqualTo(layer);
        assertThat(read()).isEqualTo(layer);
    }

    @Test
    void what_was_altered_on_this_host_is_refused_and_fetched_again_when_it_is_forgotten() throws Exception {
        read();
        await().until(() -> Files.exists(kept.resolve(digest.hex())));
        Files.write(kept.resolve(digest.hex()), new byte[layer.length]);

        assertThatThrownBy(this::read).isInstanceOf(VerifyingStream.MismatchException.class);
        images.forget(images.blob("shop", digest));

        assertThat(read()).isEqualTo(layer);
    }

    @Test
    void a_blob_of_another_repository_is_not_there() {
        assertThatThrownBy(() -> images.blob("blog", digest))
                .isInstanceOf(RegistryError.class)
                .hasMessageContaining("repository blog has no blob");
    }

    @Test
    void a_directory_that_is_gone_is_no_empty_one() throws Exception {
        Files.move(store, directory.resolve("elsewhere"));

        assertThatThrownBy(() -> images.manifest("shop", "1"))
                .isInstanceOfSatisfying(
                        RegistryError.class, e -> assertThat(e.status()).isEqualTo(503))
                .hasMessageContaining("there is no directory");
        assertThat(images.problem()).isPresent();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';',
            value = {
                "{\"schemaVersion\":2,\"mediaType\":\"application/vnd.x+json\"}; application/vnd.x+json",
                "{\"schemaVersion\":2,\"config\":{}}; application/vnd.oci.image.manifest.v1+json",
                "{\"schemaVersion\":2,\"manifests\":[]}; application/vnd.oci.image.index.v1+json",
                "{\"schemaVersion\":1}; application/vnd.docker.distribution.manifest.v1+json"
            })
    void a_manifest_is_of_the_type_that_it_names_or_must_be(String content, String type) throws Exception {
        var bytes = content.getBytes(StandardCharsets.UTF_8);
        var named = Digest.of(bytes);
        var written = new DirectoryBlobStore(store);
        written.write(Layout.data(named), bytes);
        written.write(Layout.revisionLink("shop", named), named.toString().getBytes(StandardCharsets.US_ASCII));
        written.write(Layout.tagLink("shop", "1"), named.toString().getBytes(StandardCharsets.US_ASCII));

        assertThat(images.manifest("shop", "1").mediaType()).isEqualTo(type);
        assertThat(images.manifest("shop", named.toString()).content()).isEqualTo(bytes);

        Files.write(store.resolve(Layout.data(named)), new byte[10]);
        assertThatThrownBy(() -> images.manifest("shop", "1"))
                .isInstanceOf(RegistryError.class)
                .hasMessageContaining("was altered or cut short");
    }
}
