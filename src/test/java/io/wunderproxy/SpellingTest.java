package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import morfologik.speller.Speller;
import morfologik.stemming.Dictionary;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Holds pages, comments and messages to British spelling. What the dictionary does not know is misspelled, or belongs to
 * {@code src/test/resources/spelling.txt}, which has the words of this project and of its trade.
 */
class SpellingTest {

    private static final Path OWN_WORDS = Path.of("src/test/resources/spelling.txt");

    /** Comments, texts over several lines, texts and characters of a Java source. */
    private static final Pattern JAVA = Pattern.compile(
            "(?s)/\\*[^*]*+(?:\\*(?!/)[^*]*+)*+\\*/|//[^\\n]*+|\"\"\".*?\"\"\"|\"(?:[^\"\\\\\\n]|\\\\.)*+\"|'\\\\?.'");

    /** Code, names and tags within a comment. */
    private static final Pattern JAVADOC = Pattern.compile("\\{@\\w+[^}]*\\}+|<[^>]*>|@(param|throws)\\s+\\S+|@\\w+");

    /** Code, targets of links and tags of a page. */
    private static final Pattern MARKDOWN = Pattern.compile("(?s)```.*?```|``[^`].*?``|`[^`]*`|\\]\\([^)]*\\)|<[^>]*>");

    /** Escapes and quoted words of a message. */
    private static final Pattern QUOTED = Pattern.compile("\\\\.|(?<!\\p{L})'[^']*'(?!\\p{L})");

    private static final Pattern BETWEEN_WORDS = Pattern.compile("[\\s,;!?()\"…—]+");

    /** What stands around a word. */
    private static final Pattern AROUND = Pattern.compile("^[*.:'|\\[\\]]+|[*.:'|\\[\\]]+$");

    /** A word of prose, or several with hyphens between them; names of code, paths and numbers are none. */
    private static final Pattern WORD = Pattern.compile("\\p{L}\\p{Ll}*(['’-]\\p{L}\\p{Ll}*)*");

    private static final Map<String, Set<Path>> WORDS = new TreeMap<>();
    private static Speller british;

    @BeforeAll
    static void read() throws IOException {
        british = new Speller(
                Dictionary.read(Dictionary.class.getResource("/org/languagetool/resource/en/hunspell/en_GB.dict")));
        pages().forEach(page -> collect(page, MARKDOWN.matcher(text(page)).replaceAll(" ")));
        below(Path.of("src/main/resources"), ".yaml", ".html")
                .forEach(file -> collect(file, MARKDOWN.matcher(text(file)).replaceAll(" ")));
        below(Path.of("src/main/java"), ".java").forEach(source -> collect(source, prose(text(source))));
    }

    @Test
    void pages_comments_and_messages_are_spelled_as_in_britain() throws IOException {
        var own = new HashSet<>(ownWords());

        assertThat(WORDS.entrySet().stream()
                        .filter(word -> !own.contains(word.getKey()) && !isKnown(word.getKey()))
                        .map(word -> word.getKey() + " in " + word.getValue() + ": write "
                                + String.join(" or ", british.findReplacements(word.getKey())) + ", or add it to "
                                + OWN_WORDS))
                .isEmpty();
    }

    @Test
    void the_projects_own_words_are_sorted_and_needed() throws IOException {
        assertThat(ownWords()).containsExactlyElementsOf(new TreeSet<>(ownWords()));
        assertThat(ownWords())
                .filteredOn(word -> !WORDS.containsKey(word) || isKnown(word))
                .isEmpty();
    }

    private static boolean isKnown(String word) {
        return word.length() < 3 || !british.isMisspelled(word) || !british.isMisspelled(word.toLowerCase());
    }

    private static List<String> ownWords() throws IOException {
        return Files.readAllLines(OWN_WORDS);
    }

    private static void collect(Path file, String prose) {
        for (var token : BETWEEN_WORDS.split(prose)) {
            var words = AROUND.matcher(token).replaceAll("");
            if (WORD.matcher(words).matches()) {
                for (var word : words.split("-")) {
                    WORDS.computeIfAbsent(stem(word), any -> new TreeSet<>()).add(file);
                }
            }
        }
    }

    private static String stem(String word) {
        var plain = word.replace('’', '\'');
        return plain.endsWith("'s") || plain.endsWith("s'") ? plain.substring(0, plain.lastIndexOf('\'')) : plain;
    }

    /** The comments of a Java source, and its texts of more than one word. */
    private static String prose(String source) {
        var prose = new StringBuilder();
        for (var found = JAVA.matcher(source); found.find(); ) {
            var text = found.group();
            if (text.startsWith("/")) {
                prose.append(JAVADOC.matcher(text.replaceAll("\\n\\s*\\*", "\n"))
                                .replaceAll(" "))
                        .append('\n');
            } else if (text.substring(1, text.length() - 1).strip().contains(" ")) {
                prose.append(QUOTED.matcher(text).replaceAll(" ")).append('\n');
            }
        }
        return prose.toString();
    }

    private static Stream<Path> pages() {
        return Stream.concat(
                Stream.of("README.md", "CONTRIBUTING.md", "bench/README.md").map(Path::of),
                below(Path.of("docs"), ".md"));
    }

    private static Stream<Path> below(Path folder, String... endings) {
        try (var files = Files.walk(folder)) {
            return files.filter(file -> Stream.of(endings).anyMatch(file.toString()::endsWith)).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
