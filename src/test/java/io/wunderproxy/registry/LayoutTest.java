package io.wunderproxy.registry;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class LayoutTest {

    private static final Digest DIGEST = Digest.of(new byte[0]);
    private static final String HEX = DIGEST.hex();

    @Test
    void is_that_of_the_standard_registry() {
        assertThat(Layout.data(DIGEST)).isEqualTo("docker/registry/v2/blobs/sha256/e3/" + HEX + "/data");
        assertThat(Layout.blobLink("a/b", DIGEST))
                .isEqualTo("docker/registry/v2/repositories/a/b/_layers/sha256/" + HEX + "/link");
        assertThat(Layout.revisionLink("a/b", DIGEST))
                .isEqualTo("docker/registry/v2/repositories/a/b/_manifests/revisions/sha256/" + HEX + "/link");
        assertThat(Layout.tagLink("a/b", "t"))
                .isEqualTo("docker/registry/v2/repositories/a/b/_manifests/tags/t/current/link");
        assertThat(Layout.tagIndexLink("a/b", "t", DIGEST))
                .isEqualTo("docker/registry/v2/repositories/a/b/_manifests/tags/t/index/sha256/" + HEX + "/link");
    }
}
