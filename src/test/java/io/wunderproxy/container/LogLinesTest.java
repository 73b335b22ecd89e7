package io.wunderproxy.container;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LogLinesTest {

    private final List<String> lines = new ArrayList<>();
    private final LogLines log = new LogLines(lines::add);

    @Test
    void pieces_become_lines_wherever_they_end_even_within_a_character() {
        var word = "grün\n".getBytes(StandardCharsets.UTF_8);
        log.onNext(new Frame(StreamType.STDOUT, new byte[] {word[0], word[1], word[2]}));
        log.onNext(new Frame(StreamType.STDOUT, new byte[] {word[3], word[4], word[5]}));
        out("one\r\ntwo\n\nthr");
        out("ee\n");

        assertThat(lines).containsExactly("grün", "one", "two", "", "three");
    }

    @Test
    void output_and_errors_do_not_mix_within_a_line() {
        out("to the ");
        log.onNext(new Frame(StreamType.STDERR, "an error\n".getBytes(StandardCharsets.UTF_8)));
        out("console\n");

        assertThat(lines).containsExactly("an error", "to the console");
    }

    @Test
    void the_last_line_needs_no_end() {
        out("last words");

        log.onComplete();

        assertThat(lines).containsExactly("last words");
    }

    @Test
    void a_line_without_end_is_cut() {
        out("x".repeat(200_000));
        log.onComplete();

        assertThat(lines).hasSize(4).allSatisfy(line -> assertThat(line.length())
                .isLessThanOrEqualTo(65536));
        assertThat(String.join("", lines)).hasSize(200_000);
    }

    private void out(String text) {
        log.onNext(new Frame(StreamType.STDOUT, text.getBytes(StandardCharsets.UTF_8)));
    }
}
