package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.testkit.CodeBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Each figure of the documentation says of which commit it is, and which command takes it again; an old one says that it is. */
class FiguresTest {

    private static final Path PAGE = Path.of("docs/performance.md");
    private static final String OLDER = "older than the program";
    private static final String END = "<!-- end of figures -->";

    private static final Pattern BEGIN =
            Pattern.compile("<!-- figures: ([a-z]+), ([0-9a-f]{7,40}), ([^ ,]+)[^,]*, measures (.+) -->");

    /** What only a measurement can tell, unlike a limit or a default. */
    private static final Pattern MEASURED =
            Pattern.compile("\\d requests/s|\\bcommit [0-9a-f]{7}\\b|\\btook [0-9.,]+ (ms|s|min)\\b");

    /** Figures of one measurement: between their markers. */
    private record Figures(String name, String commit, String program, List<String> paths, List<String> lines) {}

    @Test
    void every_table_with_figures_says_how_to_take_them_again() throws IOException {
        var bare = new ArrayList<String>();
        var inside = false;
        for (var line : Files.readAllLines(PAGE)) {
            inside = BEGIN.matcher(line).matches() || inside && !line.equals(END);
            if (!inside && line.matches("\\|.*\\d.*")) {
                bare.add(line);
            }
        }

        assertThat(bare).isEmpty();
        assertThat(figures()).isNotEmpty().allSatisfy(figures -> {
            assertThat(Path.of(figures.program)).as(figures.name).isExecutable();
            assertThat(figures.paths).as(figures.name).allMatch(path -> Files.exists(Path.of(path)));
            assertThat(figures.lines)
                    .as(figures.name)
                    .filteredOn(line -> line.startsWith("Taken with "))
                    .singleElement()
                    .asString()
                    .contains("`" + figures.program, "at commit " + figures.commit);
        });
        assertThat(run("bench/figures", "--help").lines().toList())
                .as("names that bench/figures takes")
                .satisfies(help -> figures().forEach(figures -> assertThat(help)
                        .anyMatch(line -> line.startsWith("  " + figures.name + " "))));
    }

    /** The age of figures is unknown where the history is not here, or only a part of it. */
    @Test
    void figures_that_are_older_than_the_program_say_so() throws IOException {
        var ages = run("bench/figures", "--check");
        System.out.println("The figures of " + PAGE + ":\n" + ages);

        assertThat(figures()).allSatisfy(figures -> {
            var age = ages.lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith(figures.name + " "))
                    .findFirst()
                    .orElse("");
            if (age.contains(OLDER)) {
                assertThat(String.join("\n", figures.lines))
                        .as("write it into the page with bench/figures --mark: " + age)
                        .contains(OLDER);
            }
        });
    }

    @Test
    void every_commit_of_figures_is_in_the_history() throws IOException {
        if (Files.exists(Path.of(".git"))
                && run("sh", "-c", "git rev-parse --is-shallow-repository")
                        .strip()
                        .equals("false")) {
            assertThat(run("bench/figures", "--check")).doesNotContain("not in this history");
        }
    }

    @Test
    void other_pages_have_no_figures_without_a_link_to_those() {
        assertThat(CodeBlock.pages().filter(page -> !page.equals(PAGE)).flatMap(page -> paragraphs(page)
                        .filter(paragraph -> MEASURED.matcher(paragraph).find())
                        .filter(paragraph -> !paragraph.contains("performance.md"))
                        .map(paragraph -> page + ": " + paragraph)))
                .isEmpty();
    }

    private static Stream<String> paragraphs(Path page) {
        try {
            return Stream.of(Files.readString(page).split("\n\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<Figures> figures() throws IOException {
        var all = new ArrayList<Figures>();
        var inside = false;
        for (var line : Files.readAllLines(PAGE)) {
            var begin = BEGIN.matcher(line);
            if (begin.matches()) {
                all.add(new Figures(
                        begin.group(1),
                        begin.group(2),
                        begin.group(3),
                        List.of(begin.group(4).split(" ")),
                        new ArrayList<>()));
                inside = true;
            } else if (line.equals(END)) {
                inside = false;
            } else if (inside) {
                all.getLast().lines.add(line);
            }
        }
        assertThat(all.stream().map(Figures::name).collect(Collectors.toSet())).hasSameSizeAs(all);
        return all;
    }

    /** What it prints; nothing if it can't be run here. */
    private static String run(String... words) throws IOException {
        var process = new ProcessBuilder(words)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
}
