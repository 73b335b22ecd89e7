package io.wunderproxy.proxy.rules;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class HeaderTest {
    private static Header ofBytes(String name) {
        var bytes = (": " + name + ": ").getBytes(ISO_8859_1);
        return Header.of(bytes, 2, bytes.length - 2);
    }

    @ParameterizedTest
    @EnumSource
    void is_found_by_its_name_in_any_case_as_characters_and_as_bytes(Header header) {
        for (var name : new String[] {
            header.text(), header.text().toUpperCase(Locale.ROOT), header.text().toLowerCase(Locale.ROOT)
        }) {
            assertThat(Header.of(name)).isEqualTo(header);
            assertThat(ofBytes(name)).isEqualTo(header);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "hos",
                "hosts",
                "h\u00cfst",
                "x_real_ip",
                "x\rreal-ip",
                "x-request-ie",
                "no-such-header-of-this-length"
            })
    void knows_no_other(String name) {
        assertThat(Header.of(name)).isNull();
        assertThat(ofBytes(name)).isNull();
    }
}
