package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageBucketTest {

    private static final ImageBucket USUAL = ImageBucket.parse("usual");
    private static final ImageBucket OTHER = ImageBucket.parse("other/x");

    @ParameterizedTest
    @CsvSource({
        "my-images, my-images, ''",
        "my-images/some/prefix, my-images, some/prefix",
        "s3://my-images/some/prefix/, my-images, some/prefix",
        "file:/srv/images/, file:/srv/images, ''",
        "file:/srv/../images, file:/images, ''"
    })
    void is_a_bucket_with_a_prefix_or_a_directory(String text, String name, String prefix) {
        var bucket = ImageBucket.parse(text);

        assertThat(bucket).isEqualTo(new ImageBucket(name, prefix));
        assertThat(ImageBucket.parse(bucket.toString())).isEqualTo(bucket);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "UPPER",
                "a",
                "my images",
                "my-images/../x",
                "my-images/a//b",
                "my-images/./x",
                "file:images",
                "file:",
                "http://x/y"
            })
    void nothing_else_is_accepted(String text) {
        assertThatThrownBy(() -> ImageBucket.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_launch_of_an_image_decides_where_it_is_looked_for() throws Exception {
        var buckets = ImageBuckets.served(Optional.of(USUAL));
        assertThat(buckets.ofTag("shop", "1")).containsExactly(USUAL);

        buckets.launch(config("localhost:8080/shop:1", "\"other/x\""));
        buckets.launch(config("localhost:8080/shop:2", "null"));

        assertThat(buckets.ofTag("shop", "1")).containsExactly(OTHER);
        assertThat(buckets.ofTag("shop", "2")).containsExactly(USUAL);
        assertThat(buckets.ofDigest("shop")).containsExactly(USUAL, OTHER);
        assertThat(buckets.ofDigest("blog")).containsExactly(USUAL);

        buckets.launch(config("localhost:8080/shop@sha256:" + "0".repeat(64), "\"other/x\""));
        assertThat(buckets.ofTag("shop", "unknown")).containsExactly(OTHER);
        assertThat(buckets.ofDigest("shop")).containsExactly(OTHER, USUAL);
    }

    @Test
    void without_a_usual_bucket_only_launched_images_are_found() throws Exception {
        var buckets = ImageBuckets.served(Optional.empty());
        buckets.launch(config("localhost:8080/shop:1", "null"));

        assertThat(buckets.ofTag("shop", "1")).isEmpty();
        assertThat(buckets.ofDigest("shop")).isEmpty();
    }

    @Test
    void a_draft_keeps_it() throws Exception {
        var document = document("localhost:8080/shop:1", "\"other/x\"");
        var next = ConfigDraft.from(document).tag("2").toJson();

        assertThat(LaunchConfig.parse(ConfigHash.md5(next), next).imageBucket()).contains(OTHER);
    }

    @Test
    void a_configuration_with_a_bad_one_is_refused_without_quoting_it() {
        assertThatThrownBy(() -> config("a:1", "\"hunter2 hunter2\""))
                .isInstanceOf(InvalidLaunchConfigException.class)
                .hasMessageStartingWith("ImageBucket: must be")
                .hasMessageNotContaining("hunter2");
    }

    private static LaunchConfig config(String image, String bucket) throws InvalidLaunchConfigException {
        var bytes = document(image, bucket);
        return LaunchConfig.parse(ConfigHash.md5(bytes), bytes);
    }

    private static byte[] document(String image, String bucket) {
        return """
                {"ContainerConfig": {"Image": "%s"}, "HealthCheckPath": "up", "Revision": "r1", "ImageBucket": %s}
                """.formatted(image, bucket).getBytes(StandardCharsets.UTF_8);
    }
}
