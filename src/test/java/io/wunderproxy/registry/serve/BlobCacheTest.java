package io.wunderproxy.registry.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.registry.Digest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BlobCacheTest {

    @TempDir
    Path directory;

    private final AtomicInteger seconds = new AtomicInteger();

    private BlobCache cache(long limit) {
        return BlobCache.open(
                directory.resolve("images"),
                limit,
                Clock.fixed(Instant.ofEpochSecond(1_700_000_000 + seconds.getAndIncrement()), ZoneOffset.UTC));
    }

    private static Digest keep(BlobCache cache, String text) {
        var bytes = text.getBytes(StandardCharsets.UTF_8);
        var digest = Digest.of(bytes);
        cache.download(digest, bytes.length, () -> new ByteArrayInputStream(bytes));
        await().until(() -> cache.size(digest).isPresent());
        return digest;
    }

    private static String read(BlobCache cache, Digest digest) throws IOException {
        try (var in = cache.open(digest).orElseThrow()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void what_was_not_asked_for_the_longest_goes_first_also_after_a_restart() throws IOException {
        var cache = cache(10);
        var one = keep(cache, "1111");
        var two = keep(cache, "2222");
        Files.setLastModifiedTime(
                directory.resolve("images").resolve(two.hex()),
                java.nio.file.attribute.FileTime.from(Instant.ofEpochSecond(1_600_000_000)));
        assertThat(read(cache, one)).isEqualTo("1111");

        var restarted = cache(10);
        var three = keep(restarted, "3333");

        assertThat(restarted.size(one)).hasValue(4);
        assertThat(restarted.size(two)).isEmpty();
        assertThat(read(restarted, three)).isEqualTo("3333");
        assertThat(directory.resolve("images").toFile().list()).containsExactlyInAnyOrder(one.hex(), three.hex());
    }

    @Test
    void what_does_not_fit_is_not_kept() {
        assertThat(cache(3).download(Digest.of(new byte[4]), 4, () -> new ByteArrayInputStream(new byte[4])))
                .isEmpty();
    }

    @Test
    void without_room_nothing_of_an_earlier_run_stays() {
        keep(cache(10), "1111");
        cache(0);
        assertThat(directory.resolve("images").toFile().list()).isEmpty();
    }

    @Test
    void those_who_ask_while_a_blob_is_fetched_share_it() throws Exception {
        var cache = cache(10);
        var digest = Digest.of("12345678".getBytes(StandardCharsets.UTF_8));
        var store = new PipedOutputStream();
        var fetched = new PipedInputStream(store);
        var first = cache.download(digest, 8, () -> fetched).orElseThrow();
        store.write("1234".getBytes(StandardCharsets.UTF_8));
        store.flush();
        var second = cache.download(digest, 8, () -> {
                    throw new IOException("is fetched twice");
                })
                .orElseThrow();

        try (var one = first.follow();
                var other = second.follow()) {
            assertThat(new String(one.readNBytes(4), StandardCharsets.UTF_8)).isEqualTo("1234");
            store.write("5678".getBytes(StandardCharsets.UTF_8));
            store.close();
            assertThat(new String(one.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("5678");
            assertThat(new String(other.readAllBytes(), StandardCharsets.UTF_8)).isEqualTo("12345678");
        }
    }

    @Test
    void what_breaks_off_is_not_kept_and_its_readers_learn_of_it() throws Exception {
        var cache = cache(10);
        var digest = Digest.of("12345678".getBytes(StandardCharsets.UTF_8));
        var store = new PipedOutputStream();
        var fetched = new PipedInputStream(store);
        var download = cache.download(digest, 8, () -> new VerifyingStream(digest, 8, at -> fetched))
                .orElseThrow();
        store.write("1234".getBytes(StandardCharsets.UTF_8));
        store.flush();
        try (var reader = download.follow()) {
            store.write("xxxx".getBytes(StandardCharsets.UTF_8));
            store.close();
            assertThatThrownBy(reader::readAllBytes).isInstanceOf(IOException.class);
        }
        await().untilAsserted(() ->
                assertThat(directory.resolve("images").toFile().list()).isEmpty());
        assertThat(cache.size(digest)).isEmpty();
    }

    @Test
    void what_a_killed_agent_left_half_written_is_removed() throws IOException {
        cache(10);
        Files.writeString(directory.resolve("images").resolve("0".repeat(64) + ".part"), "123");
        cache(10);
        assertThat(directory.resolve("images").toFile().list()).isEmpty();
    }

    @Test
    void a_directory_that_cannot_be_used_is_done_without() throws IOException {
        Files.writeString(directory.resolve("images"), "a file");
        assertThat(cache(10).download(Digest.of(new byte[4]), 4, () -> new ByteArrayInputStream(new byte[4])))
                .isEmpty();
    }
}
