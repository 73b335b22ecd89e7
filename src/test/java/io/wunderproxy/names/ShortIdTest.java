package io.wunderproxy.names;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class ShortIdTest {

    @Test
    void it_has_the_first_eight_characters_or_what_there_is() {
        assertThat(ShortId.of("0123456789abcdef")).isEqualTo("01234567");
        assertThat(ShortId.of("01234567")).isEqualTo("01234567");
        assertThat(ShortId.of("c0ffee")).isEqualTo("c0ffee");
        assertThat(ShortId.of("")).isEmpty();
    }
}
