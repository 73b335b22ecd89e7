package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

/** Sizes and times as people write them. */
class AmountsOnTheCommandLineTest {

    @ParameterizedTest
    @CsvSource({"0, 0", "512, 512", "1k, 1024", "64K, 65536", "10m, 10485760", "1g, 1073741824", "999999999, 999999999"
    })
    void each_unit_of_a_size_is_1024_of_the_one_below(String text, long bytes) {
        assertThat(new SizeConverter().convert(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "k", "-1", "1t", "1.5m", "1 k", "1kb", "9999999999", "0x10"})
    void what_is_no_size_is_refused_with_examples(String text) {
        assertThatExceptionOfType(TypeConversionException.class)
                .isThrownBy(() -> new SizeConverter().convert(text))
                .withMessage("'" + text + "' is not a size like 512, 64k, 10m or 1g");
    }

    @ParameterizedTest
    @CsvSource({"0s, 0", "500ms, 500", "30s, 30000", "5m, 300000", "2h, 7200000"})
    void a_time_has_a_unit(String text, long millis) {
        assertThat(new DurationConverter().convert(text)).isEqualTo(Duration.ofMillis(millis));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "5", "s", "-5s", "1.5s", "5 s", "5d", "1m30s", "9999999999s"})
    void what_is_no_time_is_refused_with_examples(String text) {
        assertThatExceptionOfType(TypeConversionException.class)
                .isThrownBy(() -> new DurationConverter().convert(text))
                .withMessage("'" + text + "' is not a time like 500ms, 30s or 5m");
    }
}
