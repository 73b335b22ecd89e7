package io.wunderproxy;

import static io.wunderproxy.testkit.GeneratedPage.anchor;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.wunderproxy.cli.OptionDefaults;
import io.wunderproxy.testkit.CodeBlock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** Holds the documents to what is there: their links, the options and classes that they name, their form. */
class DocumentationTest {

    private static final int LINE = 100;
    private static final int README_LINES = 150;
    private static final Path README = Path.of("README.md");
    private static final Path ARCHITECTURE = Path.of("docs/architecture.md");
    private static final Path SOURCES = Path.of("src/main/java/io/wunderproxy");
    private static final Path TESTS = Path.of("src/test/java/io/wunderproxy");

    private static final Pattern LINK = Pattern.compile("\\]\\(([^)\\s]+)\\)");
    private static final Pattern CODE = Pattern.compile("`([^`]+)`");
    private static final Pattern CLASS = Pattern.compile("\\b[A-Z][a-z]+(?:[A-Z][a-z0-9]*)+\\b");
    private static final Pattern OPTION = Pattern.compile("(?<![\\w-])--[a-z][a-z0-9-]*[a-z0-9]");

    private static final Pattern OTHER_PROGRAM = Pattern.compile("^(sudo )?(docker|aws |deploy/|systemctl|bench/|build/"
            + "|sha256sum|apt-get|install|iptables|printf|curl|\\./mvnw|journalctl|slowhttptest)");

    private static final Set<String> OPTIONS_OF_OTHERS =
            Set.of("--network", "--cap-drop", "--cap-add", "--unbuffered", "--uninstall", "--profile");

    private static final Set<String> CLASSES_OF_OTHERS = Set.of("DynamoDB", "HttpServerRequest");

    @Test
    void every_link_leads_somewhere() {
        assertThat(pages().flatMap(DocumentationTest::brokenLinks)).isEmpty();
    }

    @Test
    void every_page_is_in_the_table_of_the_readme() {
        var linked = links(README).map(link -> link.replaceFirst("#.*", "")).collect(Collectors.toSet());

        assertThat(pages().map(Path::toString).filter(page -> page.startsWith("docs/")))
                .isSubsetOf(linked);
    }

    @Test
    void no_line_is_longer_than_100_characters_but_for_tables_links_and_examples_of_commands() {
        assertThat(pages().flatMap(DocumentationTest::longLines)).isEmpty();
    }

    @Test
    void the_readme_is_short() {
        assertThat(lines(README)).hasSizeLessThanOrEqualTo(README_LINES);
    }

    /** A page of some length begins with its contents. */
    @Test
    void the_contents_of_a_page_are_its_headings() {
        pages().filter(page -> page.startsWith("docs") && headings(page, "## ").size() > 2)
                .filter(page -> !page.endsWith("cli.md"))
                .forEach(page -> assertThat(lines(page).stream()
                                .filter(line -> line.startsWith("- [") && line.contains("](#"))
                                .map(line -> line.replaceFirst(".*\\(#(.*)\\).*", "$1")))
                        .as(page.toString())
                        .containsAll(headings(page, "## ").stream()
                                .map(heading -> anchor(heading))
                                .toList()));
    }

    @Test
    void every_folder_of_the_program_is_in_the_page_on_its_architecture() throws IOException {
        var named = lines(ARCHITECTURE).stream()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> CODE.matcher(line.split("\\|")[1]).results().map(code -> code.group(1)))
                .collect(Collectors.toSet());

        try (var folders = Files.walk(SOURCES)) {
            assertThat(folders.filter(folder -> Files.isDirectory(folder) && !folder.equals(SOURCES))
                            .filter(DocumentationTest::hasClasses)
                            .map(folder -> SOURCES.relativize(folder).toString()))
                    .isSubsetOf(named);
        }
    }

    @Test
    void every_class_that_the_page_on_the_architecture_names_is_there() {
        var classes = Stream.of(SOURCES, TESTS)
                .flatMap(DocumentationTest::classes)
                .collect(Collectors.toCollection(() -> new HashSet<>(CLASSES_OF_OTHERS)));
        var named = lines(ARCHITECTURE).stream()
                .takeWhile(line -> !line.startsWith("## Libraries"))
                .flatMap(line -> CLASS.matcher(line).results().map(MatchResult::group));

        assertThat(named.filter(name -> !classes.contains(name)).distinct()).isEmpty();
    }

    @Test
    void every_option_that_a_page_names_is_one() {
        var known = new HashSet<String>();
        options(Wunderproxy.commandLine(), known);

        assertThat(pages().filter(page -> page.equals(README) || page.startsWith("docs"))
                        .flatMap(page -> codeOf(page).stream())
                        .filter(code -> !OTHER_PROGRAM.matcher(code).find())
                        .flatMap(code -> OPTION.matcher(code).results().map(MatchResult::group))
                        .filter(option -> !known.contains(option) && !OPTIONS_OF_OTHERS.contains(option))
                        .distinct())
                .isEmpty();
    }

    /** Variables of the agent and of commands, as they are made of their options. */
    @Test
    void every_variable_that_a_page_names_is_one() {
        var known = new HashSet<String>();
        options(Wunderproxy.commandLine(), known);
        var variables = known.stream().map(OptionDefaults::variable).collect(Collectors.toSet());
        variables.addAll(Set.of("WUNDERPROXY_BUCKET", "WUNDERPROXY_PREFIX", "WUNDERPROXY_APP", "WUNDERPROXY_CONFIG"));

        assertThat(pages().flatMap(page -> lines(page).stream())
                        .flatMap(line -> Pattern.compile("WUNDERPROXY_[A-Z_]+")
                                .matcher(line)
                                .results())
                        .map(MatchResult::group)
                        .distinct())
                .isSubsetOf(variables);
    }

    /** DocumentationIT runs those that are marked so. */
    @Test
    void every_block_of_commands_runs_or_says_why_not() {
        assertThat(CodeBlock.pages()
                        .flatMap(page -> CodeBlock.of(page).stream())
                        .filter(CodeBlock::hasCommands)
                        .filter(block -> !block.runs()
                                && !block.marker().matches("not run: .+")
                                && !isRunByOthers(block.marker())))
                .isEmpty();
    }

    @Test
    void what_a_block_prints_follows_one_that_runs() {
        for (var page : CodeBlock.pages().toList()) {
            var blocks = CodeBlock.of(page);
            assertThat(IntStream.range(0, blocks.size())
                            .filter(i -> blocks.get(i).isOutput()
                                    && (i == 0 || !blocks.get(i - 1).runs()))
                            .mapToObj(blocks::get))
                    .isEmpty();
        }
    }

    @Test
    void every_command_in_a_block_is_one_with_such_options_and_arguments() {
        var commands = CodeBlock.pages()
                .flatMap(page -> CodeBlock.of(page).stream())
                .filter(CodeBlock::hasCommands)
                .filter(block -> !block.marker().contains("original tool"))
                .flatMap(block -> block.text().replace("\\\n", " ").lines())
                .filter(line -> line.startsWith("wunderproxy "))
                .map(line -> line.replaceAll(" +#.*| \\|.*| &$", ""))
                .toList();

        assertThat(commands).hasSizeGreaterThan(25).allSatisfy(DocumentationTest::parses);
    }

    private static void parses(String command) {
        var program = Wunderproxy.commandLine();
        program.setDefaultValueProvider(new OptionDefaults(
                Map.of("WUNDERPROXY_S3BUCKET", "b", "WUNDERPROXY_S3PREFIX", "p", "HOME", "/nowhere")));
        var words = command.replaceAll("[\"']", "").split(" +");
        assertThatCode(() -> program.parseArgs(Wunderproxy.readable(Arrays.copyOfRange(words, 1, words.length))))
                .as(command)
                .doesNotThrowAnyException();
    }

    /** Whether all that the marker names is there: a black-box test, or a program of the project with one of its parts. */
    private static boolean isRunByOthers(String marker) {
        return marker.startsWith("run by ")
                && Stream.of(marker.substring("run by ".length()).split(", ")).allMatch(DocumentationTest::isThere);
    }

    private static boolean isThere(String runner) {
        var words = runner.split(" ");
        if (words.length == 1 && words[0].endsWith("IT")) {
            return Files.exists(TESTS.resolve("blackbox/" + words[0] + ".java"));
        }
        var program = Path.of(words[0]);
        return Files.isExecutable(program)
                && (words.length == 1
                        || lines(program).stream()
                                .anyMatch(line -> line.startsWith("Parts:") && line.contains(words[1])));
    }

    private static void options(CommandLine command, Set<String> names) {
        command.getCommandSpec().options().stream().map(OptionSpec::names).forEach(some -> names.addAll(List.of(some)));
        command.getSubcommands().values().forEach(sub -> options(sub, names));
    }

    private static Stream<Path> pages() {
        try (var pages = Files.list(Path.of("docs"))) {
            return Stream.concat(
                    Stream.of(README, Path.of("CONTRIBUTING.md")),
                    pages.filter(page -> page.toString().endsWith(".md")).sorted().toList().stream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static List<String> lines(Path page) {
        try {
            return Files.readAllLines(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> longLines(Path page) {
        var lines = lines(page);
        return IntStream.range(0, lines.size())
                .filter(i -> lines.get(i).length() > LINE)
                .filter(i -> !lines.get(i).startsWith("|")
                        && !lines.get(i).startsWith("<!-- figures:")
                        && !LINK.matcher(lines.get(i)).find()
                        && !(page.endsWith("cli.md") && lines.get(i).contains("wunderproxy ")))
                .mapToObj(i -> page + ":" + (i + 1));
    }

    private static Stream<String> links(Path page) {
        return lines(page).stream()
                .flatMap(line -> LINK.matcher(line).results().map(link -> link.group(1)))
                .filter(link -> !link.matches("[a-z]+:.*"));
    }

    private static Stream<String> brokenLinks(Path page) {
        return links(page).filter(link -> !leadsSomewhere(page, link)).map(link -> page + ": " + link);
    }

    private static boolean leadsSomewhere(Path page, String link) {
        var parts = link.split("#", 2);
        var target = parts[0].isEmpty() ? page : page.resolveSibling(parts[0]).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        return parts.length == 1
                || headings(target, "#").stream()
                        .map(heading -> anchor(heading))
                        .anyMatch(parts[1]::equals);
    }

    private static List<String> headings(Path page, String level) {
        var headings = new ArrayList<String>();
        var code = false;
        for (var line : lines(page)) {
            code ^= line.startsWith("```");
            if (!code && line.startsWith(level)) {
                headings.add(line.replaceFirst("^#+ ", "").replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1"));
            }
        }
        return headings;
    }

    /** All that is marked as code: lines of blocks, with those that continue them, and words within a text. */
    private static List<String> codeOf(Path page) {
        var code = new ArrayList<String>();
        var text = new StringBuilder();
        var block = false;
        for (var line : String.join("\n", lines(page)).replace("\\\n", " ").split("\n")) {
            if (line.strip().startsWith("```")) {
                block = !block;
            } else if (block) {
                code.add(line.strip());
            } else {
                text.append(line.strip()).append(' ');
            }
        }
        CODE.matcher(text).results().map(word -> word.group(1)).forEach(code::add);
        return code;
    }

    private static boolean hasClasses(Path folder) {
        try (var files = Files.list(folder)) {
            return files.anyMatch(file -> file.toString().endsWith(".java"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Stream<String> classes(Path folder) {
        try (var files = Files.walk(folder)) {
            return files
                    .map(file -> file.getFileName().toString())
                    .filter(name -> name.endsWith(".java"))
                    .map(name -> name.replace(".java", ""))
                    .toList()
                    .stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
