package io.wunderproxy.remote;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts, run by the shell of this machine. */
class RemoteScriptsTest {
    private static final String HELLO = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";

    @TempDir
    Path directory;

    private record Result(int status, String out, String err) {}

    private static Result run(List<String> command, String input) throws Exception {
        var process = new ProcessBuilder(command).start();
        try (var stdin = process.getOutputStream()) {
            stdin.write(input.getBytes(StandardCharsets.UTF_8));
        }
        var out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        var err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), out, err);
    }

    private Path program(String name, String text) throws IOException {
        var file = Files.writeString(directory.resolve(name), "#!/bin/sh\n" + text);
        return Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    @Test
    void every_script_lies_where_it_is_checked_and_is_run_from_there() throws Exception {
        try (var files = Files.list(Path.of("src/main/resources/remote"));
                var sources = Files.walk(Path.of("src/main/java/io/wunderproxy"))) {
            var named = Files.readString(Path.of("src/main/java/io/wunderproxy/remote/RemoteScripts.java"));
            assertThat(files.map(file -> file.getFileName().toString()))
                    .hasSize(RemoteScripts.values().length)
                    .allSatisfy(name -> assertThat(named).contains("\"" + name + "\""));
            assertThat(Files.readString(Path.of("deploy/verify"))).contains("src/main/resources/remote/*.sh");

            var rooms = List.of(
                    Path.of("src/main/java/io/wunderproxy/remote"), Path.of("src/main/java/io/wunderproxy/cli"));
            var others = new ArrayList<Path>();
            for (var source : sources.filter(Files::isRegularFile)
                    .filter(file -> rooms.stream().anyMatch(file::startsWith))
                    .toList()) {
                if (Files.readString(source).contains("\"sh\"") && !source.endsWith("RemoteScripts.java")) {
                    others.add(source);
                }
            }
            assertThat(others)
                    .as("shell text in a program, where nothing checks it")
                    .isEmpty();
        }
    }

    // ---- a command ----

    /** Begins it in a session of its own, as sshd does, for all processes of the group get the signal. */
    private static Process start(String command) throws IOException {
        var words = new ArrayList<>(List.of("setsid", "--wait"));
        words.addAll(RemoteScripts.RUN_UNTIL_INPUT_ENDS.with(command));
        return new ProcessBuilder(words).start();
    }

    @Test
    void a_command_has_outputs_and_a_status_of_its_own_and_no_input() throws Exception {
        var process = start("cat; echo to out; echo to err >&2; exit 7");

        assertThat(process.getInputStream().readAllBytes()).asString().isEqualTo("to out\n");
        assertThat(process.getErrorStream().readAllBytes()).asString().isEqualTo("to err\n");
        assertThat(process.waitFor()).isEqualTo(7);
    }

    @Test
    void a_command_and_its_children_end_when_the_input_does() throws Exception {
        var process = start("trap 'echo ended; exit' TERM; (sleep 20) & echo begun; wait");
        var out = process.inputReader();
        assertThat(out.readLine()).isEqualTo("begun");

        process.getOutputStream().close();

        // The output ends with the last process that has it.
        assertThat(out.readLine()).isEqualTo("ended");
        assertThat(out.readLine()).isNull();
    }

    // ---- a file ----

    private Result receive(Path file, String sum, String mode) throws Exception {
        return run(RemoteScripts.RECEIVE_FILE.with(file.toString(), sum, mode), "hello\n");
    }

    @Test
    void a_file_that_is_whole_takes_the_place_of_another() throws Exception {
        var file = Files.writeString(directory.resolve("it's a file"), "before\n");

        var result = receive(file, HELLO, "755");

        assertThat(result).isEqualTo(new Result(0, "", ""));
        assertThat(file).hasContent("hello\n");
        assertThat(Files.getPosixFilePermissions(file)).isEqualTo(PosixFilePermissions.fromString("rwxr-xr-x"));
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void a_file_that_is_not_whole_leaves_what_is_there_and_nothing_else() throws Exception {
        var file = Files.writeString(directory.resolve("file"), "before\n");

        var result = receive(file, HELLO.replace('5', '6'), "755");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err())
                .isEqualTo("the copy has the SHA-256 " + HELLO + ", not " + HELLO.replace('5', '6') + "\n");
        assertThat(file).hasContent("before\n");
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(file);
        }
    }

    @Test
    void a_file_without_a_directory_is_not_received() throws Exception {
        var result = receive(directory.resolve("no/such/file"), HELLO, "600");

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).contains("No such file or directory");
    }

    // ---- a host ----

    private String installed(Path program, Path jvmBuild, Path packaged) throws Exception {
        var result =
                run(RemoteScripts.DESCRIBE_HOST.with(program.toString(), jvmBuild.toString(), packaged.toString()), "");
        assertThat(result.status()).isZero();
        var lines = result.out().lines().toList();
        assertThat(lines.get(0)).startsWith("Linux ");
        assertThat(lines.get(1)).isNotBlank();
        return lines.size() > 2 ? lines.get(2).split(" ")[0] : "";
    }

    @Test
    void a_host_says_what_is_installed() throws Exception {
        var nothing = directory.resolve("nothing");
        var hello = Files.writeString(directory.resolve("hello"), "hello\n");

        assertThat(installed(nothing, nothing, nothing)).isEmpty();
        assertThat(installed(nothing, directory, nothing)).isEqualTo("jvm");
        assertThat(installed(hello, directory, nothing)).isEqualTo(HELLO);
        assertThat(installed(hello, directory, hello)).isEqualTo("package");
    }

    // ---- an installation ----

    private static final String INSTALLER = "[ \"$2\" = --help ] && echo '--root DIR' || echo \"$0: $*\"\n";

    private Result install(Path program, Path installed) throws Exception {
        return run(RemoteScripts.INSTALL_PROGRAM.with(program.toString(), installed.toString(), "--set", "a b"), "");
    }

    @Test
    void a_program_installs_itself() throws Exception {
        var program = program("new", INSTALLER);

        var result = install(program, program("old", INSTALLER));

        assertThat(result.out()).isEqualTo(program + ": install --binary " + program + " --set a b\n");
    }

    @Test
    void a_program_that_may_not_be_run_where_it_is_installs_itself_from_beside_the_installed_one() throws Exception {
        var program = program("new", INSTALLER);
        Files.setPosixFilePermissions(program, PosixFilePermissions.fromString("rw-r--r--"));
        var installed = directory.resolve("old");

        var result = install(program, installed);

        assertThat(result.out())
                .matches("\\Q" + installed + "\\E\\.\\w{6}: install --binary \\Q" + program + "\\E --set a b\n");
        try (var left = Files.list(directory)) {
            assertThat(left).containsExactly(program);
        }
    }

    @Test
    void a_program_that_can_not_install_itself_is_installed_by_the_one_that_is_there() throws Exception {
        var program = program("new", "exit 1\n");
        var installed = program("old", INSTALLER);

        var result = install(program, installed);

        assertThat(result.out()).isEqualTo(installed + ": install --binary " + program + " --set a b\n");
    }

    @Test
    void a_program_that_does_not_run_there_is_reported_in_its_words() throws Exception {
        var result = install(program("new", "echo 'Illegal instruction' >&2; exit 132\n"), directory.resolve("old"));

        assertThat(result.status()).isEqualTo(1);
        assertThat(result.err()).isEqualTo("the program does not run there: Illegal instruction\n");
    }
}
