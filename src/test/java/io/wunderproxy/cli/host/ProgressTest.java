package io.wunderproxy.cli.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.wunderproxy.api.EventView;
import io.wunderproxy.cli.RecordedOutput;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How a deployment to one host is shown: in a line that changes, as lines, and not at all. */
class ProgressTest {

    private static final String HASH = "a".repeat(64);
    private static final String OTHER = "b".repeat(64);

    /** To the beginning of the line, and all of it removed. */
    private static final String ERASED = "\u001b[G\u001b[K";

    private final RecordedOutput recorded = new RecordedOutput();

    private Progress progress(boolean drawable, int columns, String... options) {
        return new Progress(HASH, recorded.options(options), drawable, columns);
    }

    private Progress inPipe() {
        return progress(false, Integer.MAX_VALUE);
    }

    private String shown() {
        return recorded.err();
    }

    private static EventView event(String type, String hash, String message) {
        return event(type, hash, message, Optional.empty(), Optional.empty());
    }

    private static EventView pulling(long bytes, long total) {
        return event("pulling", HASH, "pulling shop", Optional.of(bytes), Optional.of(total));
    }

    private static EventView event(
            String type, String hash, String message, Optional<Long> bytes, Optional<Long> total) {
        return new EventView(
                "1",
                "2026-01-31T12:00:00Z",
                type,
                Optional.empty(),
                Optional.of(hash),
                Optional.empty(),
                Optional.empty(),
                message,
                bytes,
                total,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }

    @Test
    void in_a_pipe_each_event_is_a_line_without_orders_to_a_terminal() {
        try (var progress = inPipe()) {
            progress.step("stored");
            progress.tell(event("starting", HASH, "starting the container"));
            progress.tell(event("probed", HASH, "GET /up said 503"));
            progress.tell(event("probed", HASH, "GET /up said 503"));
            progress.tell(event("probed", HASH, "GET /up said 200"));
            progress.warn("look at this");
        }

        assertThat(shown().lines())
                .containsExactly(
                        "stored", "starting the container", "GET /up said 503", "GET /up said 200", "look at this");
        assertThat(shown()).doesNotContain("\u001b");
    }

    @Test
    void in_a_pipe_a_pull_is_one_line_however_many_parts_it_has() {
        try (var progress = inPipe()) {
            progress.tell(pulling(1_000_000, 4_000_000));
            progress.tell(pulling(2_000_000, 4_000_000));
            progress.tell(event("starting", HASH, "starting"));
        }

        assertThat(shown().lines()).containsExactly("pulling 1.0 of 4.0 MB (25 %)", "starting");
    }

    @ParameterizedTest
    @ValueSource(strings = {"confirmed", "switched", "failed"})
    void what_the_calls_themselves_report_is_not_shown_twice(String type) {
        try (var progress = inPipe()) {
            progress.tell(event(type, HASH, "reported by the call"));
        }

        assertThat(shown()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"starting, false", "probed, false", "draining, true", "stopped, true", "removed, true"})
    void of_other_deployments_only_their_end_is_shown(String type, boolean isShown) {
        try (var progress = inPipe()) {
            progress.tell(event(type, OTHER, "of another"));
        }

        assertThat(shown()).isEqualTo(isShown ? "of another\n" : "");
    }

    @Test
    void an_event_without_words_is_shown_by_its_type() {
        try (var progress = inPipe()) {
            progress.tell(event("starting", HASH, " "));
        }

        assertThat(shown()).isEqualTo("starting\n");
    }

    /** The old container may be removed just then. */
    @Test
    void an_event_between_the_last_step_and_the_result_does_not_stand_before_the_result() {
        try (var progress = progress(true, 80)) {
            progress.step("promoted");
            progress.result(() -> {
                var late = Thread.ofPlatform()
                        .start(() -> progress.tell(event("removed", OTHER, "deleted image shop:3b09aa")));
                await("the event to wait").until(() -> late.getState() == Thread.State.BLOCKED);
                progress.step("the result");
            });
            await("the event to be shown").until(() -> shown().contains("deleted"));
        }

        assertThat(shown()).isEqualTo("✓ promoted\n✓ the result\n" + ERASED + "  deleted image shop:3b09aa" + ERASED);
    }

    @Test
    void on_a_terminal_one_line_changes_and_is_gone_before_a_step_and_at_the_end() {
        try (var progress = progress(true, 80)) {
            progress.step("stored");
            progress.tell(pulling(1_000_000, 4_000_000));
            progress.tell(pulling(2_000_000, 4_000_000));
            progress.step("started");
            progress.tell(event("probed", HASH, "said 503"));
        }

        assertThat(shown())
                .isEqualTo("✓ stored\n"
                        + ERASED + "  pulling 1.0 of 4.0 MB (25 %)"
                        + ERASED + "  pulling 2.0 of 4.0 MB (50 %)"
                        + ERASED + "✓ started\n"
                        + ERASED + "  said 503"
                        + ERASED);
    }

    @Test
    void the_line_fits_the_terminal_and_has_no_orders_of_others() {
        try (var progress = progress(true, 20)) {
            progress.tell(event("probed", HASH, "\u001b[2Jsaid something that is long\nand more"));
        }

        assertThat(shown()).isEqualTo(ERASED + "  ?[2Jsaid somethi…" + ERASED);
    }

    @Test
    void an_event_that_comes_after_the_end_is_not_shown() {
        var progress = inPipe();
        progress.close();

        progress.tell(event("removed", OTHER, "removed"));

        assertThat(shown()).isEmpty();
    }

    @Test
    void machines_get_no_steps_but_warnings_stay() {
        try (var progress = progress(false, Integer.MAX_VALUE, "--json")) {
            progress.step("stored");
            progress.warn("look at this");
        }

        assertThat(recorded.out()).isEmpty();
        assertThat(shown()).isEqualTo("look at this\n");
    }
}
