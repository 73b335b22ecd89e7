package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A table fits the terminal, and loses first what matters least. */
class TableTest {

    private static final List<List<String>> ROWS = List.of(
            List.of("REVISION", "HASH", "STATE", "SINCE", ""),
            List.of("4f2c1d", "0c99a9b1", "active", "2026-11-29T23:59:15Z", ""),
            List.of(
                    "3b09aa",
                    "77aa11bb",
                    "failed",
                    "2026-11-29T22:00:00Z",
                    "not healthy within 30 s: GET http://127.0.0.1:32768/up said 500"));

    private static List<String> lines(int columns) {
        return Table.layout(ROWS, columns, "SINCE", "HASH").lines();
    }

    @Test
    void a_table_has_its_full_width_where_there_is_room() {
        assertThat(lines(Integer.MAX_VALUE))
                .containsExactly(
                        "REVISION  HASH      STATE   SINCE",
                        "4f2c1d    0c99a9b1  active  2026-11-29T23:59:15Z",
                        "3b09aa    77aa11bb  failed  2026-11-29T22:00:00Z  not healthy within 30 s: GET "
                                + "http://127.0.0.1:32768/up said 500");
    }

    @Test
    void prose_is_wrapped_below_itself_before_a_column_is_left_out() {
        assertThat(lines(80)).anyMatch(line -> line.endsWith("Z  not healthy within 30 s: GET"));
        assertThat(lines(80)).noneMatch(line -> line.contains("left out"));
    }

    @Test
    void a_narrow_terminal_loses_the_least_important_column_and_says_so() {
        assertThat(lines(60).getFirst()).isEqualTo("REVISION  HASH      STATE");
        assertThat(String.join(" ", lines(60))).contains("(left out: SINCE; a wider terminal or --json shows all)");
    }

    @ParameterizedTest
    @ValueSource(ints = {120, 80, 60, 40, 20, 12})
    void no_line_is_longer_than_the_terminal_and_nothing_of_what_is_shown_is_lost(int columns) {
        assertThat(lines(columns)).allSatisfy(line -> assertThat(line.length()).isLessThanOrEqualTo(columns));
        var shown = lines(columns).stream()
                .flatMapToInt(String::chars)
                .filter(c -> c == 'f')
                .count();
        // In two revisions, one state and the reason of one.
        assertThat(shown).isGreaterThanOrEqualTo(2);
        assertThat(lines(columns)).anyMatch(line -> line.endsWith("500"));
    }

    @Test
    void words_are_broken_only_where_they_are_longer_than_the_line() {
        assertThat(Table.wrap("one two three-and-four 5", 8)).containsExactly("one two", "three-an", "d-four 5");
        assertThat(Table.wrap("", 8)).containsExactly("");
    }
}
