package io.wunderproxy.cli.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.cli.RecordedOutput;
import io.wunderproxy.rollout.Stage;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** How a deployment to a fleet is shown: drawn in its place, as lines, and for machines. */
class FleetProgressTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-31T12:00:00.123456Z"), ZoneOffset.UTC);

    /** Up by so many lines, and everything below removed. */
    private static String erased(int lines) {
        return "\u001b[" + lines + "A\u001b[J";
    }

    private final RecordedOutput recorded = new RecordedOutput();

    private FleetProgress progress(boolean drawable, int columns, String... options) {
        return new FleetProgress(recorded.options(options), CLOCK, drawable, columns);
    }

    private String shown() {
        return recorded.err();
    }

    private static List<JsonNode> json(String printed) {
        return printed.lines()
                .map(line -> {
                    try {
                        return new ObjectMapper().readTree(line);
                    } catch (IOException e) {
                        throw new AssertionError(line, e);
                    }
                })
                .toList();
    }

    // ---- in a file or a pipe ----

    @Test
    void where_nothing_can_be_drawn_each_change_of_a_host_is_a_line() {
        try (var progress = progress(false, Integer.MAX_VALUE)) {
            progress.step("deploying");
            progress.host("web1", Stage.WAITING, "");
            progress.host("web1", Stage.LAUNCHING, "");
            progress.host("web1", Stage.LAUNCHING, "pulling");
            progress.host("web1", Stage.LAUNCHING, "pulling");
            progress.host("web1", Stage.FAILED, "exited with 1");
            progress.warn("1 host is left");
        }

        assertThat(shown().lines())
                .containsExactly(
                        "deploying",
                        "web1: waiting",
                        "web1: launching",
                        "web1: launching: pulling",
                        "web1: failed: exited with 1",
                        "1 host is left");
        assertThat(shown()).doesNotContain("\u001b");
        assertThat(recorded.out()).isEmpty();
    }

    @Test
    void only_a_launch_tells_more_while_a_host_stays_where_it_is() {
        try (var progress = progress(false, Integer.MAX_VALUE)) {
            progress.host("web1", Stage.SWITCHED, "");
            progress.host("web1", Stage.SWITCHED, "another word");
        }

        assertThat(shown()).isEqualTo("web1: switched\n");
    }

    // ---- for machines ----

    @Test
    void machines_get_a_line_of_json_for_each_change_and_people_nothing() {
        try (var progress = progress(true, 80, "--json")) {
            progress.host("web1", Stage.GOING_BACK, "errors");
            progress.host("web1", Stage.GOING_BACK, "errors");
            progress.step("promoted");
            progress.warn("1 host is left");
        }

        assertThat(shown()).isEmpty();
        assertThat(json(recorded.out()))
                .hasSize(3)
                .allSatisfy(line -> assertThat(line.path("Time").asText()).isEqualTo("2026-01-31T12:00:00.123Z"));
        assertThat(json(recorded.out()).getFirst().path("Host").asText()).isEqualTo("web1");
        assertThat(json(recorded.out()).getFirst().path("State").asText()).isEqualTo("going back");
        assertThat(json(recorded.out()).getFirst().path("Message").asText()).isEqualTo("errors");
        assertThat(json(recorded.out()).get(1).path("Step").asText()).isEqualTo("promoted");
        assertThat(json(recorded.out()).get(2).path("Warning").asText()).isEqualTo("1 host is left");
    }

    // ---- on a terminal ----

    @Test
    void on_a_terminal_the_table_is_drawn_over_and_steps_stand_above_it() {
        try (var progress = progress(true, 80)) {
            progress.host("web1", Stage.LAUNCHING, "pulling");
            progress.host("web02", Stage.CONFIRMED, "");
            progress.step("healthy on 1 of 2 hosts");
        }

        var first = "  web1   launching   pulling\n";
        var both = first + "  web02  confirmed   \n";
        assertThat(shown().replaceFirst("^  web1  launching   pulling\n", first))
                .isEqualTo(
                        first + erased(1) + both + erased(2) + "✓ healthy on 1 of 2 hosts\n" + both + erased(2) + both);
    }

    @Test
    void a_closed_table_stays_and_is_not_drawn_over() {
        var progress = progress(true, 80);
        progress.host("web1", Stage.SWITCHED, "");
        progress.close();
        var before = shown();

        progress.close();
        progress.warn("later");

        assertThat(shown()).startsWith(before + "! later\n");
    }

    @Test
    void no_row_is_longer_than_the_terminal() {
        try (var progress = progress(true, 40)) {
            progress.host("a-host-with-a-name-that-is-much-too-long-for-it", Stage.LAUNCHING, "x".repeat(200));
        }

        assertThat(shown().lines().map(line -> line.replaceAll("\u001b\\[[0-9]*[AJ]", "")))
                .isNotEmpty()
                .allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(40))
                .allSatisfy(line ->
                        assertThat(line).contains("a-host", "… ", "launching").endsWith("…"));
    }

    @Test
    void of_many_hosts_those_that_are_worth_looking_at_are_shown_and_all_are_counted() {
        try (var progress = progress(true, 120)) {
            IntStream.range(10, 30).forEach(i -> progress.host("web" + i, Stage.SWITCHED, ""));
            progress.host("web99", Stage.FAILED, "exited with 1");
        }

        var last = shown().substring(shown().lastIndexOf("[J") + 2).lines().toList();
        assertThat(last).hasSize(17);
        assertThat(last.getFirst()).isEqualTo("  web99  failed      exited with 1");
        assertThat(last.getLast()).isEqualTo("  of 21 hosts: 1 failed, 20 switched");
    }
}
