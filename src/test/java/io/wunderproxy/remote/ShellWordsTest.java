package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ShellWordsTest {
    @Test
    void a_shell_passes_words_on_as_they_are() throws Exception {
        var words = List.of("", "a  b", "it's", "$HOME", "`id`", "\"", "\\", "*", "~", "a\nb", "-n", "x;y", "ü");
        var command = new ArrayList<>(List.of("printf", "%s|"));
        command.addAll(words);

        var shell = new ProcessBuilder("sh", "-c", ShellWords.quote(command)).start();
        var printed = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

        assertThat(printed).isEqualTo(String.join("|", words) + "|");
    }

    @Test
    void words_that_need_no_quotes_have_none() {
        assertThat(ShellWords.quote(List.of("docker", "ps", "--format", "a/b.c", "1:2")))
                .isEqualTo("docker ps --format a/b.c 1:2");
    }
}
