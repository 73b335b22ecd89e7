package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * Holds the words of code, messages and pages: plain English, one word for one thing. A word that is gone is added here, so that it
 * does not come back.
 */
class WordsTest {

    /** A word or phrase that is not used, and what is said instead. */
    private record Avoided(Pattern pattern, String instead) {
        Avoided(String words, String instead) {
            this(Pattern.compile("\\b(" + words + ")\\b", Pattern.CASE_INSENSITIVE), instead);
        }
    }

    private static final Path SOURCES = Path.of("src/main/java/io/wunderproxy");

    /** Anywhere: in code, comments, messages, scripts and pages. */
    private static final List<Avoided> ANYWHERE = List.of(
            new Avoided("lest", "so that ... not"),
            new Avoided("all the same", "nevertheless, or nothing"),
            new Avoided("mend|mends|mended|mending", "fix, repair"),
            new Avoided("for ever", "forever"),
            new Avoided("nobody thought of", "unexpected"),
            new Avoided("gone on with", "continued"),
            new Avoided("whitelist|blacklist", "allowed, refused"));

    /** In pages. */
    private static final List<Avoided> IN_PAGES = List.of(
            new Avoided("told", "says, reports, logs"),
            new Avoided("as ever|as often|as long is", "as before; how many times; how long"),
            new Avoided("goes on with|go on with|going on with|goes on|go on|going on|went on", "continue"),
            new Avoided("answers", "responds; responses"),
            new Avoided("an answer|the answer|its answer|answer of", "response"),
            new Avoided("passed over", "ignored, skipped"),
            new Avoided("put back", "restored"),
            new Avoided("rolled out|roll out", "deploy to a fleet: rollout"),
            new Avoided("config file|configuration file", "settings file, or launch configuration"),
            new Avoided("upstream|downstream", "backend, client"),
            new Avoided("time-out", "timeout"),
            new Avoided("simply|just|easily|obviously", "nothing"));

    /** In code, comments and messages of the program and of its tests. */
    private static final List<Avoided> IN_CODE = List.of(
            new Avoided("told", "says, learns, reports, logs"),
            new Avoided("goes on|go on|going on|went on", "continue, be forwarded"),
            new Avoided("as often as|be it|passed over", "each time; whether; skipped"),
            new Avoided("time-out", "timeout"));

    /** In code, comments and messages of the program, as a part of a name too. */
    private static final List<Avoided> ANYWHERE_IN_CODE =
            List.of(new Avoided(Pattern.compile("answer", Pattern.CASE_INSENSITIVE), "response, respond, return"));

    /** What is said although it has such a word, and why. */
    private static final Map<Pattern, String> ALLOWED = Map.of(
            Pattern.compile("\"--answer-(memory|timeout|buffering|disk)\""),
            "former names of options, which still work");

    /** Pages with the words of other programs, which are held to {@link #ANYWHERE}. */
    private static final Set<String> OTHER_PAGES = Set.of("docs/coming-from-nginx.md", "docs/coming-from-kamal.md");

    private static final Pattern DANGLING =
            Pattern.compile("/\\*\\*\\s+(\\* )?(Of|The same|As often|As long|What|Who)\\b[^.]*");

    @Test
    void no_word_of_a_private_dialect_is_anywhere() {
        assertThat(files().flatMap(file -> found(file, ANYWHERE))).isEmpty();
    }

    @Test
    void pages_use_the_words_of_the_glossary() {
        assertThat(pages().flatMap(file -> found(file, IN_PAGES))).isEmpty();
    }

    @Test
    void the_program_uses_plain_words() {
        assertThat(below(SOURCES).flatMap(file -> found(file, IN_CODE))).isEmpty();
    }

    @Test
    void tests_and_their_names_use_plain_words() {
        assertThat(below(Path.of("src/test/java"))
                        .filter(file -> !file.endsWith("WordsTest.java"))
                        .flatMap(file -> found(file, IN_CODE)))
                .isEmpty();
    }

    @Test
    void the_program_speaks_of_responses() {
        assertThat(Stream.concat(below(SOURCES), below(Path.of("src/main/resources")))
                        .flatMap(file -> found(file, ANYWHERE_IN_CODE)))
                .isEmpty();
    }

    @Test
    void a_docstring_can_be_read_by_itself() throws IOException {
        var dangling = new ArrayList<Path>();
        for (var file : below(SOURCES).toList()) {
            if (DANGLING.matcher(Files.readString(file)).find()) {
                dangling.add(file);
            }
        }

        assertThat(dangling)
                .as("docstrings that begin with 'Of', 'The same', 'As often', 'As long', 'What' or 'Who'")
                .isEmpty();
    }

    private static Stream<String> found(Path file, List<Avoided> words) {
        var found = new ArrayList<String>();
        var lines = lines(file);
        for (var i = 0; i < lines.size(); i++) {
            for (var word : words) {
                if (word.pattern().matcher(withoutAllowed(lines.get(i))).find()) {
                    found.add(file + ":" + (i + 1) + ": say " + word.instead() + ": "
                            + lines.get(i).strip());
                }
            }
        }
        return found.stream();
    }

    /** Names of tests have their words between underscores. */
    private static String withoutAllowed(String line) {
        var rest = line.replace('_', ' ');
        for (var allowed : ALLOWED.keySet()) {
            rest = allowed.matcher(rest).replaceAll("");
        }
        return rest;
    }

    private static Stream<Path> pages() {
        return Stream.concat(Stream.of(Path.of("README.md")), below(Path.of("docs")))
                .filter(file -> file.toString().endsWith(".md"))
                .filter(file -> !OTHER_PAGES.contains(file.toString()));
    }

    private static Stream<Path> files() {
        return Stream.concat(
                        Stream.of("README.md", "CONTRIBUTING.md").map(Path::of),
                        Stream.of("src/main", "src/test/java", "docs", "deploy", "build", "bench")
                                .flatMap(folder -> below(Path.of(folder))))
                .filter(file -> !file.endsWith("WordsTest.java"));
    }

    private static Stream<Path> below(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted().toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Files that are no text have no words. */
    private static List<String> lines(Path file) {
        try {
            var text = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
            return text.indexOf('\0') >= 0 ? List.of() : Arrays.asList(text.split("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
