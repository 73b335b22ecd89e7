package io.wunderproxy.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ShareTest {

    @ParameterizedTest
    @CsvSource({"25%, 5, 2", "25%, 4, 1", "25%, 1, 1", "1%, 1000, 10", "100%, 7, 7", "3, 5, 3", "9, 5, 5", "1, 1, 1"})
    void is_rounded_up_and_never_more_than_all(String share, int all, int expected) {
        assertThat(Share.parse(share).of(all)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "101%", "0%", "half", "5.5", "%"})
    void what_is_no_share_is_refused_with_an_example(String text) {
        assertThatIllegalArgumentException().isThrownBy(() -> Share.parse(text)).withMessageContaining("25%");
    }

    @Test
    void looks_as_it_was_written() {
        assertThat(Share.parse("25%")).hasToString("25%");
        assertThat(Share.parse("3")).hasToString("3");
    }
}
