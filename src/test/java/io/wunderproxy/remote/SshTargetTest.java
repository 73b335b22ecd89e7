package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SshTargetTest {
    @ParameterizedTest
    @CsvSource({
        "shop1, shop1",
        "ann@shop1, ann@shop1",
        "ssh://ann@shop1:2222, ann@shop1:2222",
        "ssh://shop1/, shop1",
        "10.0.0.7:22, 10.0.0.7:22",
        "ann@[fd00::7]:2222, ann@[fd00::7]:2222",
        "[fe80::1%eth0], [fe80::1%eth0]",
    })
    void is_read(String text, String target) {
        assertThat(SshTarget.parse(text)).hasToString(target);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "ann@",
                "@shop1",
                "shop1:",
                "shop1:0",
                "shop1:65536",
                "shop1:ssh",
                "http://shop1",
                "ann:secret@shop1",
                "-oProxyCommand=x",
                "-l@shop1",
                "shop 1",
                "fd00::7",
                "shop1/path"
            })
    void is_refused_with_what_was_expected(String text) {
        assertThatThrownBy(() -> SshTarget.parse(text))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected ssh://");
    }
}
