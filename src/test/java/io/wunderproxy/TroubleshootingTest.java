package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * The section on troubleshooting has the words that an operator sees: all that a launch, a switch or a deployment may fail with
 * is in it, and all that it quotes is said by the program.
 */
class TroubleshootingTest {

    private static final Path SOURCES = Path.of("src/main/java/io/wunderproxy");
    private static final List<String> ROOMS = List.of("deployment", "health", "container", "rollout");

    /** Where a reason begins that people get to see. */
    private static final Pattern FAILURE = Pattern.compile(
            "(new (Deployment|Engine|Rollout|Manager)Exception|Failure\\.of|[^.\\w]failed|new Target\\.Nowhere)"
                    + "\\((\"([^\"\\\\]|\\\\.)*+\"|[^;\"])*+;");

    private static final Pattern TEXT = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final int SHORTEST = 8;

    @Test
    void every_reason_of_a_failure_is_in_the_section() {
        var quoted = fragments().toList();

        assertThat(ROOMS.stream()
                        .flatMap(room -> files(SOURCES.resolve(room)))
                        .flatMap(file -> FAILURE.matcher(joined(file)).results().map(MatchResult::group))
                        .map(statement -> TEXT.matcher(statement)
                                .results()
                                .map(text -> text.group(1))
                                .filter(text -> text.strip().length() >= SHORTEST)
                                .toList())
                        .filter(texts -> !texts.isEmpty())
                        .filter(texts ->
                                texts.stream().noneMatch(text -> quoted.stream().anyMatch(text::contains)))
                        .distinct())
                .isEmpty();
    }

    @Test
    void every_quotation_of_the_section_is_said_by_the_program() {
        var program = files(SOURCES).map(TroubleshootingTest::joined).toList();

        assertThat(fragments().filter(fragment -> program.stream().noneMatch(file -> file.contains(fragment))))
                .isEmpty();
    }

    /** What the tables quote in their first column, without the parts that '...' stands for. */
    private static Stream<String> fragments() {
        return section()
                .filter(line -> line.startsWith("| "))
                .map(line -> line.split(" \\| ")[0])
                .flatMap(cell ->
                        Pattern.compile("`([^`]+)`").matcher(cell).results().map(code -> code.group(1)))
                .flatMap(code -> Stream.of(code.split("\\.\\.\\.")))
                .map(String::strip)
                .filter(text -> text.length() >= SHORTEST)
                .distinct();
    }

    private static Stream<String> section() {
        return text(Path.of("docs/operations.md"))
                .lines()
                .dropWhile(line -> !line.equals("### The agent does not start, or serves nothing"))
                .takeWhile(line -> !line.equals("### Requests fail"));
    }

    /** A source whose texts that stand in several lines are one. */
    private static String joined(Path file) {
        return text(file).replaceAll("\"\\s*\\+\\s*\"", "");
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<Path> files(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".java")).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
