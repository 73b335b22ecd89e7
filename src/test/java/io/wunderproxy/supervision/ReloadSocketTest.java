package io.wunderproxy.supervision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.supervision.ReloadSocket.Outcome;
import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/** What a process that supervises another one hears of it. */
class ReloadSocketTest {

    private static final long US = ProcessHandle.current().pid();

    private static Outcome ask(Supplier<Outcome> reload) throws Exception {
        try (var socket = ReloadSocket.open(reload)) {
            return ReloadSocket.ask(US, Patience.LONG).orElseThrow();
        }
    }

    @Test
    void it_hears_who_has_taken_the_place() throws Exception {
        assertThat(ask(() -> new Outcome.Replaced(4711))).isEqualTo(new Outcome.Replaced(4711));
    }

    @Test
    void it_hears_why_nothing_has_changed() throws Exception {
        var why = "line 1: 'x' is no option; ".repeat(1000).strip();

        assertThat(ask(() -> new Outcome.Refused(why))).isEqualTo(new Outcome.Refused(why));
    }

    @Test
    void a_process_that_fails_says_nothing_which_is_no_success() {
        assertThatThrownBy(() -> ask(() -> {
                    throw new IllegalStateException("a fault");
                }))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("has not said whether it was replaced");
    }

    @Test
    void a_process_that_knows_nothing_of_it_is_no_process_that_refuses() throws Exception {
        assertThat(ReloadSocket.ask(US, Patience.LONG)).isEmpty();
    }

    @Test
    void the_wait_ends() throws Exception {
        var never = new CompletableFuture<Outcome>();
        try (var socket = ReloadSocket.open(never::join)) {
            assertThatThrownBy(() -> ReloadSocket.ask(US, Duration.ofMillis(50)))
                    .hasMessageContaining("has not said within");
        } finally {
            never.complete(new Outcome.Refused("over"));
        }
    }
}
