package io.wunderproxy.launchconfig;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.launchconfig.OtherStore.Fault;
import io.wunderproxy.store.S3Access;
import io.wunderproxy.store.StoreException;
import java.time.Clock;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Servers that speak like S3, and do some of it otherwise. */
class OtherStoreTest {
    private static final String CURRENT = "/bucket/shop/current.json";
    private static final String HISTORY = "/bucket/shop/history.json";

    private OtherStore server;

    private LaunchConfigStore open(Fault... faults) throws Exception {
        server = new OtherStore(faults);
        return LaunchConfigStore.open("bucket", "shop");
    }

    @AfterEach
    void close() {
        server.close();
    }

    @Test
    void get_configurations_as_they_are_and_not_in_signed_chunks() throws Exception {
        var store = open();
        var blue = config("blue");

        store.put(blue);

        assertThat(server.objects().values()).containsExactly(blue.document());
        assertThat(server.writes()).isNotEmpty().allSatisfy(headers -> {
            assertThat(headers).doesNotContainKeys("Content-encoding", "X-amz-decoded-content-length", "X-amz-trailer");
            assertThat(headers.get("X-amz-content-sha256"))
                    .containsExactly(ConfigHash.sha256(blue.document()).value());
        });
    }

    @Test
    void are_reached_by_the_path_and_not_by_a_name_of_the_bucket_also_with_signed_addresses() throws Exception {
        open();

        var address = new S3Access("bucket")
                .presigner()
                .presignGetObject(o -> o.signatureDuration(Duration.ofMinutes(1))
                        .getObjectRequest(r -> r.bucket("bucket").key("blob")))
                .url();

        assertThat(address.getHost()).isEqualTo("127.0.0.1");
        assertThat(address.getPath()).isEqualTo("/bucket/blob");
    }

    @Test
    void that_damage_what_they_are_sent_are_not_believed() throws Exception {
        var store = open(Fault.DAMAGES_WHAT_IT_IS_SENT);

        assertThatThrownBy(() -> store.put(config("blue")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the store said that it wrote s3://bucket/shop/container.")
                .hasMessageContaining("keeps something else there");
    }

    @Test
    void that_lose_what_they_are_sent_are_not_believed() throws Exception {
        var store = open(Fault.LOSES_WHAT_IT_IS_SENT, Fault.GIVES_OTHER_TAGS);

        assertThatThrownBy(() -> store.put(config("blue")))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("has no such object");
    }

    @Test
    void whose_tags_are_no_digests_are_read_back() throws Exception {
        for (var fault : new Fault[] {Fault.GIVES_OTHER_TAGS, Fault.GIVES_NO_TAGS}) {
            var store = open(fault);
            assertThatCode(() -> store.put(config("blue"))).doesNotThrowAnyException();
            server.close();
        }
    }

    @Test
    void that_heed_what_a_write_expects_are_found_out_without_any_change() throws Exception {
        var store = open();
        var blue = config("blue");
        store.put(blue);
        var before = server.objects();

        store.checkConditions(blue);

        assertThat(server.objects()).isEqualTo(before);
    }

    @Test
    void that_do_not_heed_what_a_write_expects_are_named() throws Exception {
        for (var fault : new Fault[] {Fault.IGNORES_IF_MATCH, Fault.IGNORES_IF_NONE_MATCH}) {
            var store = open(fault);
            var blue = config("blue");
            store.put(blue);
            assertThatThrownBy(() -> store.checkConditions(blue))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining(
                            fault == Fault.IGNORES_IF_MATCH ? "does not heed If-Match" : "does not heed If-None-Match");
            assertThat(server.objects().values()).containsExactly(blue.document());
            server.close();
        }
    }

    @Test
    void without_times_are_enough_until_a_promotion_may_have_been_broken_off() throws Exception {
        var store = open(Fault.GIVES_NO_TIMES);
        var promotions = store.promotions(Clock.systemUTC());
        promotions.promote(promotions.read(), config("blue"), "ann@host");
        assertThat(promotions.read().interrupted()).isFalse();

        var byHand = store.objects().read(LaunchConfigStore.CURRENT, 1000).orElseThrow();
        store.objects().write(LaunchConfigStore.CURRENT, config("green").document(), byHand.version());

        assertThatThrownBy(promotions::read)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(
                        "the store does not say when it got s3://bucket/shop/history.json (Last-Modified)")
                .hasMessageContaining("remove the history");
    }

    @Test
    void without_tags_are_not_promoted_to() throws Exception {
        var store = open();
        var promotions = store.promotions(Clock.systemUTC());
        promotions.promote(promotions.read(), config("blue"), "ann@host");

        server.begin(Fault.GIVES_NO_TAGS);

        assertThatThrownBy(promotions::read)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the store gives no version (ETag) of s3://bucket/shop/");
        assertThat(server.objects()).containsKeys(CURRENT, HISTORY);
        assertThat(store.current()).hasValue(config("blue").document());
    }

    private static LaunchConfig config(String revision) throws InvalidLaunchConfigException {
        var document = """
                {"ContainerConfig":{"Image":"localhost:8080/shop:%1$s"},"HealthCheckPath":"up","Revision":"%1$s"}
                """.formatted(revision).getBytes(UTF_8);
        return LaunchConfig.parse(ConfigHash.sha256(document), document);
    }
}
