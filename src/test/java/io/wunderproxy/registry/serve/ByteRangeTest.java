package io.wunderproxy.registry.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Of a blob of 10 bytes. */
class ByteRangeTest {

    @ParameterizedTest
    @CsvSource({
        "bytes=0-0, 0, 1",
        "bytes=0-9, 0, 10",
        "bytes=3-, 3, 7",
        "bytes=3-99999, 3, 7",
        "bytes=-3, 7, 3",
        "bytes=-99999, 0, 10"
    })
    void is_the_part_that_is_there(String header, long from, long length) throws Exception {
        var range = ByteRange.parse(header, 10).orElseThrow();

        assertThat(range).isEqualTo(new ByteRange(from, length));
        assertThat(range.of(10)).isEqualTo("bytes " + from + "-" + (from + length - 1) + "/10");
    }

    @ParameterizedTest
    @ValueSource(strings = {"bytes=10-", "bytes=10-20", "bytes=-0"})
    void beyond_the_end_there_is_nothing(String header) {
        assertThatThrownBy(() -> ByteRange.parse(header, 10)).isInstanceOf(ByteRange.Unsatisfiable.class);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "bytes=-",
                "bytes=5-3",
                "bytes=0-1,3-4",
                "lines=1-2",
                "bytes=a-b",
                "bytes=9999999999999999999-",
                ""
            })
    void what_is_not_understood_is_ignored(String header) throws Exception {
        assertThat(ByteRange.parse(header, 10)).isEmpty();
    }
}
