package io.wunderproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.registry.push.ImagePush.Named;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamesTest {

    @ParameterizedTest
    @ValueSource(strings = {"shop", "a/b/c", "a.b_c__d-e--f", "0", "a/manifests/b"})
    void a_repository_may_be_called_as_the_specification_says(String name) {
        assertThat(Names.isRepository(name)).isTrue();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", "Shop", "/a", "a/", "a//b", "..", "a/../b", "a/./b", "a..b", "a___b", "-a", "a-", "_layers", "a b",
                "a%2fb", "a\n"
            })
    void no_other_name_is_a_repository(String name) {
        assertThat(Names.isRepository(name)).isFalse();
        assertThat(Names.isRepository("a".repeat(256))).isFalse();
    }

    @Test
    void tags_are_no_paths() {
        assertThat(Names.isTag("v1.2_3-x")).isTrue();
        assertThat(Names.isTag("x".repeat(128))).isTrue();
        for (var name : new String[] {"", ".", "..", "-x", "a/b", "a:b", "x".repeat(129), "a\n"}) {
            assertThat(Names.isTag(name)).as(name).isFalse();
        }
    }

    @Test
    void digests_are_sha256_in_full() {
        var hex = "0123456789abcdef".repeat(4);
        assertThat(Digest.parse("sha256:" + hex)).contains(new Digest(hex));
        for (var text :
                new String[] {hex, "sha256:" + hex.toUpperCase(), "sha256:" + hex + "0", "sha512:" + hex, "sha256:../x"
                }) {
            assertThat(Digest.parse(text)).as(text).isEmpty();
        }
        assertThat(Digest.of(new byte[0]).hex())
                .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    @ParameterizedTest
    @CsvSource({
        "shop:1, shop, 1",
        "localhost:8080/team/shop:1, team/shop, 1",
        "registry.example/shop:1@sha256:0, shop, 1",
        "team/shop, team/shop,"
    })
    void the_host_of_a_registry_is_no_part_of_a_repository(String reference, String repository, String tag) {
        assertThat(Named.parse(reference)).contains(new Named(Optional.of(repository), Optional.ofNullable(tag)));
    }
}
