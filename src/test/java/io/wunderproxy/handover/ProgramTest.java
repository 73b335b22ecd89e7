package io.wunderproxy.handover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.testkit.Patience;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The program that is to replace this one says first whether it could start. */
class ProgramTest {

    @TempDir
    Path directory;

    private Program program(String script, String... arguments) throws IOException {
        var file = Files.writeString(directory.resolve("program"), "#!/bin/sh\n" + script + "\n");
        assertThat(file.toFile().setExecutable(true)).isTrue();
        return new Program(file, List.of(arguments), false);
    }

    @Test
    void the_program_is_asked_with_its_arguments() throws IOException {
        var asked = program("test \"$*\" = 'run shop --check'", "run", "shop");

        assertThatCode(() -> asked.rehearse("--check", Patience.LONG)).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @CsvSource({
        "echo 'run: no bucket' >&2; echo \"See 'program --help'.\"; exit 2, run: no bucket",
        "exit 3, exit code 3",
        "echo \"Unknown option: '--check'\"; exit 2, of a version that can't take over",
    })
    void the_program_s_own_words_are_the_reason(String script, String reason) throws IOException {
        var asked = program(script);

        assertThatThrownBy(() -> asked.rehearse("--check", Patience.LONG))
                .hasMessageContaining(reason)
                .hasMessageNotContaining("See");
    }

    @Test
    void a_program_that_says_nothing_in_time_is_ended() throws IOException {
        var pid = directory.resolve("pid");
        var asked = program("echo $$ > " + pid + "; exec sleep 1000");

        assertThatThrownBy(() -> asked.rehearse("--check", Duration.ofSeconds(1)))
                .hasMessageContaining("does not say within 1 s");

        assertThat(ProcessHandle.of(Long.parseLong(Files.readString(pid).strip())).stream()
                        .map(ProcessHandle::onExit))
                .allSatisfy(end -> assertThat(end).succeedsWithin(Patience.LONG));
    }
}
