package io.wunderproxy.launchconfig;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What follows '=' is the value, blank or not; what comes before it is a name. */
class StaticEnvironmentTest {

    @TempDir
    Path directory;

    private StaticEnvironment read(String text) throws IOException {
        return StaticEnvironment.read(Optional.of(Files.writeString(directory.resolve("cfg"), text)));
    }

    @Test
    void a_value_is_kept_as_it_is() throws IOException {
        assertThat(read("# names\n\nA= b \nC==d=\nE=\n").lines()).containsExactly("A= b ", "C==d=", "E=");
    }

    @ParameterizedTest
    @ValueSource(strings = {"KEY = value", " KEY=value", "KEY\t=value", "export KEY=value", "KEY\u00a0\u2003=value"})
    void a_name_with_a_blank_is_refused_with_the_number_of_its_line(String line) {
        assertThatThrownBy(() -> read("A=b\n\n" + line + "\n"))
                .hasMessageContaining("cfg, line 3: ")
                .hasMessageNotContaining("value=")
                .hasMessageContaining("blank");
    }

    @ParameterizedTest
    @ValueSource(strings = {"KEY", "=value"})
    void a_line_without_a_name_or_a_value_is_refused(String line) {
        assertThatThrownBy(() -> read(line)).hasMessageContaining("cfg, line 1: expected KEY=value");
    }

    @Test
    void a_file_that_is_no_text_is_refused_in_words() throws IOException {
        var file = Files.write(directory.resolve("cfg"), new byte[] {'A', '=', (byte) 0xff});

        assertThatThrownBy(() -> StaticEnvironment.read(Optional.of(file)))
                .hasMessageContaining("is not text in UTF-8");
    }
}
