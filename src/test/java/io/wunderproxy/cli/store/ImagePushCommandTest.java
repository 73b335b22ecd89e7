package io.wunderproxy.cli.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.CommandRunner;
import io.wunderproxy.CommandRunner.Result;
import io.wunderproxy.launchconfig.ConfigHash;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Archives of images that are written into a bucket, and what is printed of that. */
class ImagePushCommandTest {

    private static final String LAYER = "what is in the layer";

    @TempDir
    Path directory;

    private CommandRunner commands;
    private Path bucket;

    @BeforeEach
    void a_bucket_is_there() throws IOException {
        bucket = Files.createDirectories(directory.resolve("images"));
        commands = new CommandRunner(directory);
    }

    private Result push(Path archive, String... more) {
        return commands.runWords("image push " + archive + " --image-bucket file:" + bucket, more);
    }

    /** As 'docker save' writes it. */
    private Path saved(String file, String tags) throws IOException {
        var path = directory.resolve(file);
        var out = Files.newOutputStream(path);
        try (var tar = new TarArchiveOutputStream(file.endsWith("gz") ? new GZIPOutputStream(out) : out)) {
            add(tar, "config.json", """
                    {"architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": ["sha256:%s"]}}
                    """.formatted(ConfigHash.sha256(LAYER.getBytes(StandardCharsets.UTF_8))));
            add(tar, "layer.tar", LAYER);
            add(tar, "manifest.json", """
                    [{"Config": "config.json", "RepoTags": %s, "Layers": ["layer.tar"]}]
                    """.formatted(tags));
        }
        return path;
    }

    private Path saved() throws IOException {
        return saved("shop.tar", "[\"shop:r1\"]");
    }

    private static void add(TarArchiveOutputStream tar, String name, String content) throws IOException {
        var bytes = content.getBytes(StandardCharsets.UTF_8);
        var entry = new TarArchiveEntry(name);
        entry.setSize(bytes.length);
        tar.putArchiveEntry(entry);
        tar.write(bytes);
        tar.closeArchiveEntry();
    }

    private Path current(String more) throws IOException {
        var store = Files.createDirectories(directory.resolve("store/shop"));
        return Files.writeString(store.resolve("current.json"), """
                {"ContainerConfig": {"Image": "localhost:8080/team/shop:r0"}, "HealthCheckPath": "up", "Revision": "r0"%s}
                """.formatted(more));
    }

    private String[] store() {
        return new String[] {"-s", "file:" + directory + "/store", "-p", "shop"};
    }

    @Test
    void what_to_deploy_is_the_result_and_the_rest_is_shown_beside_it() throws IOException {
        var result = push(saved());

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.out()).isEqualTo("localhost:8080/shop:r1\n");
        assertThat(result.err())
                .containsPattern("sha256:[0-9a-f]{64} is in file:.* blobs sent \\(0\\.0 MB\\), 0 were there");
        try (var files = Files.walk(bucket)) {
            assertThat(files.map(Path::toString))
                    .anyMatch(file -> file.contains("/repositories/shop/_manifests/tags/r1"));
        }
    }

    @Test
    void machines_get_it_whole_and_what_is_there_is_not_sent_again() throws IOException {
        var first = push(saved(), "--json");
        var again = push(saved(), "--json").json();

        assertThat(first.err()).isEmpty();
        assertThat(first.json().path("Image").asText()).isEqualTo("localhost:8080/shop:r1");
        assertThat(first.json().path("Repository").asText()).isEqualTo("shop");
        assertThat(first.json().path("Tag").asText()).isEqualTo("r1");
        assertThat(first.json().path("ImageBucket").asText()).isEqualTo("file:" + bucket);
        assertThat(first.json().path("BlobsSent").asInt()).isPositive();
        assertThat(again.path("Digest").asText())
                .isEqualTo(first.json().path("Digest").asText())
                .startsWith("sha256:");
        assertThat(again.path("BlobsSent").asInt()).isZero();
        assertThat(again.path("BytesSent").asLong()).isZero();
        assertThat(push(saved(), "--json", "--force").json().path("BlobsSent").asInt())
                .isPositive();
    }

    @Test
    void an_archive_may_be_compressed() throws IOException {
        var result = push(saved("shop.tar.gz", "[\"shop:r1\"]"));

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).startsWith("unpacking ");
    }

    @ParameterizedTest
    @CsvSource({
        "'', localhost:8080/shop:r1",
        "--tag=v2, localhost:8080/shop:v2",
        "--repository=team/other, localhost:8080/team/other:r1",
        "--registry-port=5000, localhost:5000/shop:r1"
    })
    void name_and_port_may_be_others(String option, String image) throws IOException {
        assertThat((option.isEmpty() ? push(saved()) : push(saved(), option)).out())
                .isEqualTo(image + "\n");
    }

    @Test
    void the_repository_is_that_of_the_current_configuration() throws IOException {
        current("");

        assertThat(push(saved(), store()).out()).isEqualTo("localhost:8080/team/shop:r1\n");
    }

    @Test
    void the_bucket_may_be_that_of_the_current_configuration() throws IOException {
        current(", \"ImageBucket\": \"file:" + bucket + "\"");

        var result = commands.runWords("image push " + saved(), store());

        assertThat(result.exitCode()).as(result.err()).isZero();
        assertThat(result.err()).contains("is in file:" + bucket);
    }

    @Test
    void a_current_configuration_that_is_invalid_is_skipped_and_reported() throws IOException {
        Files.writeString(current(""), "{}");

        var result = push(saved(), store());

        assertThat(result.out()).isEqualTo("localhost:8080/shop:r1\n");
        assertThat(result.err()).contains("/current.json is not looked at: ");
    }

    @ParameterizedTest
    @CsvSource({
        "--repository=Shop, --repository: must be a name like shop or team/shop",
        "--tag=a/b, '--tag: must be at most 128 letters, digits'",
        "--image-bucket=NO, --image-bucket: "
    })
    void what_can_be_no_name_is_misuse_before_anything_is_read(String option, String message) {
        var result = commands.runWords("image push " + directory + "/none.tar", option);

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains(message);
    }

    @Test
    void an_image_without_a_name_asks_for_it() throws IOException {
        var nameless = saved("nameless.tar", "[]");

        var neither = push(nameless);
        var noTag = push(nameless, "--repository=shop");

        assertThat(neither.exitCode()).isEqualTo(2);
        assertThat(neither.err()).contains("the image has no name: give --repository");
        assertThat(noTag.exitCode()).isEqualTo(2);
        assertThat(noTag.err()).contains("the image has no tag: give --tag");
        assertThat(push(nameless, "--repository=shop", "--tag=r1").exitCode()).isZero();
    }

    @Test
    void somebody_must_say_where_to() throws IOException {
        var result = commands.runWords("image push " + saved());

        assertThat(result.exitCode()).isEqualTo(2);
        assertThat(result.err()).contains("where to? Give --image-bucket");
    }

    @Test
    void what_is_no_archive_of_one_image_is_named() throws IOException {
        var text = Files.writeString(directory.resolve("notes.tar"), "notes");
        var empty = directory.resolve("empty.tar");
        try (OutputStream out = Files.newOutputStream(empty);
                var tar = new TarArchiveOutputStream(out)) {
            add(tar, "readme", "nothing");
        }

        assertThat(push(text).exitCode()).isEqualTo(7);
        assertThat(push(text).err()).contains("cannot push " + text + ": ").doesNotContain("Exception");
        assertThat(push(empty).exitCode()).isEqualTo(7);
        assertThat(push(empty).err()).contains("it is not what 'docker save' writes");
        assertThat(push(directory.resolve("none.tar")).exitCode()).isEqualTo(3);
        assertThat(push(directory.resolve("none.tar")).err()).contains("there is no file " + directory + "/none.tar");
    }
}
