package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.wunderproxy.cli.reach.ManagerOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

class OptionDefaultsTest {
    @TempDir
    Path home;

    @Command(name = "program")
    static class Program {
        @Mixin
        ManagerOptions options;

        @Option(names = {"-w", "--waiting-time", "--patience"})
        String waiting;
    }

    @Test
    void the_command_line_comes_before_the_environment_and_that_before_the_file() throws Exception {
        write("host=file\n");

        assertThat(parse(Map.of()).host).isEqualTo("file");
        assertThat(parse(Map.of("WUNDERPROXY_HOST", "environment")).host).isEqualTo("environment");
        assertThat(parse(Map.of("WUNDERPROXY_HOST", "environment"), "-H", "line").host)
                .isEqualTo("line");
    }

    @ParameterizedTest
    @CsvSource({
        "'',      '',       '',     '',       ",
        "present, '',       '',     '',       present",
        "'',      former,   '',     '',       former",
        "present, former,   '',     '',       present",
        "'',      '',       fileP,  '',       fileP",
        "'',      '',       '',     fileF,    fileF",
        "'',      '',       fileP,  fileF,    fileP",
        "'',      former,   fileP,  '',       former"
    })
    void a_former_name_counts_where_the_present_one_is_not_set(
            String variable, String formerVariable, String line, String formerLine, String value) throws Exception {
        write(List.of(line, formerLine), "waiting-time=", "patience=");
        var environment = Map.of("WUNDERPROXY_WAITING_TIME", variable, "WUNDERPROXY_PATIENCE", formerVariable);

        assertThat(program(environment).waiting).isEqualTo(value);
        assertThat(program(environment, "--patience", "given").waiting).isEqualTo("given");
        assertThat(program(environment, "--waiting-time=given").waiting).isEqualTo("given");
    }

    @Test
    void a_short_name_has_no_variable_and_no_line() throws Exception {
        assertThat(program(Map.of("WUNDERPROXY_W", "x")).waiting).isNull();

        write("w=x\n");
        assertThatThrownBy(() -> program(Map.of())).hasMessageContaining("no command has an option --w");
    }

    @Test
    void an_empty_variable_is_none() {
        assertThat(parse(Map.of("WUNDERPROXY_HOST", "")).host).isEqualTo("http://127.0.0.1:8001");
    }

    @Test
    void a_token_comes_from_where_the_more_particular_one_was_given() throws Exception {
        var tokenFile =
                Files.writeString(home.resolve("token"), "from-token-file\n").toString();
        write("token=from-file\n");

        assertThat(parse(Map.of()).token()).contains("from-file");
        assertThat(parse(Map.of(), "--token-file", tokenFile).token()).contains("from-token-file");
        assertThat(parse(Map.of("WUNDERPROXY_TOKEN_FILE", tokenFile)).token()).contains("from-token-file");
        assertThat(parse(Map.of("WUNDERPROXY_TOKEN_FILE", tokenFile), "--token", "from-line")
                        .token())
                .contains("from-line");
    }

    @Test
    void blank_lines_comments_and_spaces_are_ignored() throws Exception {
        write("# mine\n\n host = there \n");

        assertThat(parse(Map.of()).host).isEqualTo("there");
    }

    @Test
    void a_line_that_is_wrong_is_named_without_its_value() throws Exception {
        write("host=x\ntokn=a-secret\n");

        assertThatThrownBy(() -> parse(Map.of()))
                .isInstanceOf(ParameterException.class)
                .hasMessageContaining("line 2")
                .hasMessageContaining("tokn")
                .hasMessageNotContaining("a-secret");
    }

    @Test
    void the_file_is_where_XDG_says() throws Exception {
        assertThat(ConfigFile.place(Map.of("HOME", "/home/ann"))).hasToString("/home/ann/.config/wunderproxy/config");
        assertThat(ConfigFile.place(Map.of("HOME", "/home/ann", "XDG_CONFIG_HOME", "/x")))
                .hasToString("/x/wunderproxy/config");
        assertThat(ConfigFile.place(Map.of("WUNDERPROXY_CONFIG", "/y"))).hasToString("/y");
    }

    private ManagerOptions parse(Map<String, String> environment, String... arguments) {
        return program(environment, arguments).options;
    }

    private Program program(Map<String, String> environment, String... arguments) {
        var all = new HashMap<>(environment);
        all.put("HOME", home.toString());
        var program = new Program();
        new CommandLine(program)
                .setDefaultValueProvider(new OptionDefaults(all))
                .parseArgs(arguments);
        return program;
    }

    /** Writes a line with each value that is not empty. */
    private void write(List<String> values, String... keys) throws IOException {
        var lines = new StringBuilder();
        for (var i = 0; i < keys.length; i++) {
            lines.append(values.get(i).isEmpty() ? "" : keys[i] + values.get(i) + "\n");
        }
        write(lines.toString());
    }

    private void write(String content) throws IOException {
        var file = ConfigFile.place(Map.of("HOME", home.toString()));
        Files.createDirectories(file.getParent());
        Files.writeString(file, content);
    }
}
