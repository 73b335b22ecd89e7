package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullAndEmptySource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigHashTest {

    private static final byte[] ABC = "abc".getBytes(StandardCharsets.US_ASCII);

    @Test
    void the_length_tells_the_algorithm() {
        var md5 = new ConfigHash("900150983cd24fb0d6963f7d28e17f72");
        var sha256 = new ConfigHash("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

        assertThat(md5.matches(ABC)).isTrue();
        assertThat(sha256.matches(ABC)).isTrue();
        assertThat(md5.matches(new byte[] {1})).isFalse();
    }

    @ParameterizedTest
    @NullAndEmptySource
    @ValueSource(
            strings = {
                "900150983cd24fb0d6963f7d28e17f7",
                "900150983CD24FB0D6963F7D28E17F72",
                "900150983cd24fb0d6963f7d28e17f7g",
                "../../etc/passwd",
                "900150983cd24fb0d6963f7d28e17f72\n"
            })
    void everything_else_is_refused(String value) {
        assertThatThrownBy(() -> new ConfigHash(value)).isInstanceOf(IllegalArgumentException.class);
    }
}
