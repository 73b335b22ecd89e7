package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** A command whose output could not be written has failed. */
class StandardOutputTest {

    private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

    private int exitCode(StandardOutput output, int code) {
        return output.exitCode(code, new PrintStream(printed, true, StandardCharsets.UTF_8));
    }

    @Test
    void a_full_disk_makes_a_command_fail_and_is_reported() throws IOException {
        try (var full = new StandardOutput(new FileOutputStream("/dev/full"), false);
                var out = new PrintStream(full, true, StandardCharsets.UTF_8)) {
            out.println("the result");

            assertThat(out.checkError()).isTrue();
            assertThat(exitCode(full, 0)).isEqualTo(1);
            assertThat(printed.toString(StandardCharsets.UTF_8))
                    .isEqualTo("wunderproxy: cannot write to the standard output: No space left on device\n");
        }
    }

    @Test
    void a_reader_that_has_read_enough_gets_no_message_and_ends_the_command_as_a_signal_would() throws Exception {
        var head = new ProcessBuilder("true").start();
        head.waitFor();
        try (var left = new StandardOutput(head.getOutputStream(), true);
                var out = new PrintStream(left, true, StandardCharsets.UTF_8)) {
            out.println("one line");

            assertThat(exitCode(left, 0)).isEqualTo(141);
            assertThat(exitCode(left, 5)).isEqualTo(5);
            assertThat(printed.size()).isZero();
        }
    }

    @Test
    void a_command_that_has_failed_keeps_its_exit_code() throws IOException {
        try (var full = new StandardOutput(new FileOutputStream("/dev/full"), false);
                var out = new PrintStream(full, true, StandardCharsets.UTF_8)) {
            out.println("a failure as JSON");

            assertThat(exitCode(full, 5)).isEqualTo(5);
        }
    }

    @Test
    void what_is_written_changes_no_exit_code() throws IOException {
        var bytes = new ByteArrayOutputStream();
        try (var output = new StandardOutput(bytes, false);
                var out = new PrintStream(output, true, StandardCharsets.UTF_8)) {
            out.print("é");

            assertThat(exitCode(output, 0)).isZero();
            assertThat(exitCode(output, 3)).isEqualTo(3);
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo("é");
        assertThat(printed.size()).isZero();
    }
}
