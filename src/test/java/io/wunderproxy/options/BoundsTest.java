package io.wunderproxy.options;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.wunderproxy.proxy.admission.CapacityOptions;
import io.wunderproxy.proxy.backend.BackendOptions;
import io.wunderproxy.proxy.exchange.ClientTimeouts;
import io.wunderproxy.proxy.rules.HeadLimits;
import java.time.Duration;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BoundsTest {

    private static void refused(ThrowingCallable made, String component, String problem) {
        assertThatExceptionOfType(OutOfBounds.class).isThrownBy(made).satisfies(e -> {
            assertThat(e.component()).isEqualTo(component);
            assertThat(e).hasMessage(problem);
        });
    }

    @Test
    void a_record_of_options_names_the_component_that_is_wrong_and_says_what_it_must_be() {
        var second = Duration.ofSeconds(1);

        refused(() -> new ClientTimeouts(second, Duration.ZERO, second), "body", "must be 1ms to 8760h");
        refused(() -> new HeadLimits(8192, 0, 8192), "fields", "must be at least 1");
        refused(() -> new HeadLimits(8192, 100, 1023), "size", "must be 1k to 64m");
        refused(() -> new CapacityOptions(0, 1, 0, 0, 1024), "connections", "must be at least 1");
    }

    @Test
    void a_time_that_no_timer_could_hold_is_refused() {
        var second = Duration.ofSeconds(1);

        refused(() -> new BackendOptions(Duration.ofDays(30), second, second, 1), "connect", "must be 1ms to 24h");
        refused(
                () -> new BackendOptions(second, Duration.ofHours(999_999_999), second, 1),
                "response",
                "must be 1ms to 8760h");
    }

    @ParameterizedTest
    @CsvSource({"PT0S, 0s", "PT0.25S, 250ms", "PT1S, 1s", "PT90S, 90s", "PT10M, 10m", "PT1H, 1h", "PT1H30M, 90m"})
    void times_are_written_as_an_option_takes_them(Duration time, String text) {
        assertThat(Amounts.time(time)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0", "512, 512", "1024, 1k", "1536, 1536", "67108864, 64m", "10737418240, 10g"})
    void sizes_are_written_as_an_option_takes_them(long bytes, String text) {
        assertThat(Amounts.size(bytes)).isEqualTo(text);
    }
}
