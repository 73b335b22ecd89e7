package io.wunderproxy.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.launchconfig.InvalidLaunchConfigException;
import io.wunderproxy.store.StoreException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.net.UnknownHostException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The message that a user gets for a failure: in words, in one line, and never in those of a library. */
class ErrorMessagesTest {

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Command(name = "program", subcommands = Work.class)
    static class Program {}

    @Command(name = "work")
    static class Work implements Callable<Integer> {
        static Exception failure;

        @Option(names = "--json")
        boolean json;

        @Option(names = "--bucket", required = true)
        String bucket;

        @Parameters(arity = "0..1")
        String word;

        @Override
        public Integer call() throws Exception {
            throw failure;
        }
    }

    private int run(String... words) {
        return new CommandLine(new Program())
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setParameterExceptionHandler(ErrorMessages::misuse)
                .setExecutionExceptionHandler(ErrorMessages::failure)
                .execute(words);
    }

    private int fails(Exception e, String... more) {
        Work.failure = e;
        return run(
                Stream.concat(Stream.of("work", "--bucket=b"), Stream.of(more)).toArray(String[]::new));
    }

    static Stream<Arguments> operations() {
        return Stream.of(
                Arguments.of(new NoSuchFileException("/a"), "there is no file /a"),
                Arguments.of(new AccessDeniedException("/a"), "permission denied for /a"),
                Arguments.of(new AccessDeniedException("/a", null, "it is sealed"), "/a: it is sealed"),
                Arguments.of(new FileAlreadyExistsException("/a"), "/a is there already"),
                Arguments.of(new NotDirectoryException("/a"), "/a is no directory"),
                Arguments.of(new FileSystemException("/a", null, "No space left"), "/a: No space left"),
                Arguments.of(new MalformedInputException(1), "it is not text in UTF-8"),
                Arguments.of(new UnknownHostException("web1: Name or service not known"), "there is no host web1"),
                Arguments.of(new IOException("Connection reset"), "Connection reset"),
                Arguments.of(new IOException(), "input or output failed"));
    }

    @ParameterizedTest
    @MethodSource("operations")
    void what_a_file_or_a_connection_ran_into_is_reported_in_words(IOException e, String words) {
        assertThat(ErrorMessages.words(e)).isEqualTo(words);
    }

    @Test
    void a_failure_is_one_line_with_the_name_of_the_command_and_its_exit_code() {
        assertThat(fails(new CommandFailure(Exit.NOT_FOUND, "there is no such thing")))
                .isEqualTo(3);
        assertThat(err).hasToString("work: there is no such thing\n");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void machines_get_the_reason_and_the_exit_code_as_well() throws Exception {
        assertThat(fails(new CommandFailure("it broke"), "--json")).isEqualTo(1);

        var json = new ObjectMapper().readTree(out.toString());
        assertThat(json.path("Error").asText()).isEqualTo("it broke");
        assertThat(json.path("ExitCode").asInt()).isEqualTo(1);
        assertThat(err).hasToString("work: it broke\n");
    }

    static Stream<Arguments> failures() {
        return Stream.of(
                Arguments.of(new StoreException("away"), 5),
                Arguments.of(new StoreException.Denied("denied", null), 4),
                Arguments.of(new InvalidLaunchConfigException("Revision", "is missing"), 7));
    }

    @ParameterizedTest
    @MethodSource("failures")
    void each_kind_of_failure_has_its_exit_code_and_keeps_its_words(Exception e, int code) {
        assertThat(fails(e)).isEqualTo(code);
        assertThat(err.toString()).isEqualTo("work: " + e.getMessage() + "\n");
    }

    @Test
    void a_reader_that_has_read_enough_is_no_failure() {
        assertThat(fails(new OutputClosed())).isZero();
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void an_unexpected_failure_is_reported_in_words_if_it_is_of_a_file_and_else_called_a_mistake() {
        assertThat(fails(new UncheckedIOException(new NoSuchFileException("/a"))))
                .isEqualTo(1);
        assertThat(err).hasToString("work: there is no file /a\n");

        err.getBuffer().setLength(0);
        assertThat(fails(new IllegalStateException("internal words"))).isEqualTo(1);
        assertThat(err.toString())
                .startsWith("work: this is a mistake in the program; with WUNDERPROXY_TRACE=1 it says where")
                .doesNotContain("internal words", "Exception");
    }

    @Test
    void what_is_missing_is_named_with_all_the_ways_to_give_it() {
        assertThat(run("work")).isEqualTo(2);

        assertThat(err.toString())
                .startsWith("work: Missing required option: '--bucket=<bucket>'\n--bucket may also be given as"
                        + " WUNDERPROXY_BUCKET, or as a line bucket=... of ")
                .endsWith("See 'program work --help'.\n");
    }

    @ParameterizedTest
    @CsvSource({"wokr, work", "wrk, work", "work1, work"})
    void a_slip_in_the_name_of_a_command_is_corrected(String word, String meant) {
        assertThat(run(word)).isEqualTo(2);
        assertThat(err.toString()).contains("Did you mean").contains(meant);
    }

    @Test
    void what_resembles_nothing_gets_no_suggestion() {
        assertThat(run("frobnicate")).isEqualTo(2);
        assertThat(err.toString()).doesNotContain("Did you mean").endsWith("See 'program --help'.\n");
    }

    @Test
    void an_empty_argument_is_shown_as_it_was_given() {
        assertThat(run("work", "--bucket=b", "one", "two" + ErrorMessages.EMPTY_ARGUMENT))
                .isEqualTo(2);
        assertThat(err.toString()).contains("'two'").doesNotContain("\0");
    }
}
