package io.wunderproxy.testkit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A fenced block of a page of the documentation, with the comment in front of it that says what a test does with it:
 *
 * <ul>
 *   <li>{@code <!-- runs -->}: it is run, in the same shell as the blocks before it; {@code runs on a host}: where an agent runs
 *       and the settings file names it; {@code in a terminal of its own} besides: it is not waited for, but for what it prints
 *   <li>{@code <!-- prints -->}: what the block before it prints, among other lines; numbers and hashes may be others, and
 *       {@code ...} stands for any text
 *   <li>{@code <!-- file: NAME -->}: a file that is there when the blocks are run
 *   <li>{@code <!-- run by PROGRAM PART -->}: that program of the project runs the same commands
 *   <li>{@code <!-- not run: REASON -->}
 * </ul>
 *
 * @param line where it begins in the page
 * @param marker what the comment says; empty if there is none
 * @param language that the fence names; empty if none
 */
public record CodeBlock(Path page, int line, String marker, String language, List<String> lines) {

    private static final Pattern MARKER = Pattern.compile("\\s*<!-- ((?:runs|run by|not run|prints|file)\\b.*) -->");
    private static final Pattern COMMAND =
            Pattern.compile("(sudo )?(wunderproxy|wunderstatus|curl|docker|systemctl|apt-get|source"
                    + "|aws|mkdir|export|\\./[a-z]+|deploy/[a-z]+|bench/[a-z]+) .*|deploy/[a-z]+");

    /** All pages for users, but for those that are made of the program, whose examples are tested with it. */
    public static Stream<Path> pages() {
        try (var pages = Files.list(Path.of("docs"))) {
            return Stream.concat(
                    Stream.of(Path.of("README.md")),
                    pages
                            .filter(page -> page.toString().endsWith(".md"))
                            .filter(page -> !page.endsWith("cli.md") && !page.endsWith("configuration.md"))
                            .sorted()
                            .toList()
                            .stream());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The blocks of a page, in their order; without the indentation of the list that they are in. */
    public static List<CodeBlock> of(Path page) {
        try {
            return of(page, Files.readAllLines(page));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static List<CodeBlock> of(Path page, List<String> text) {
        var blocks = new ArrayList<CodeBlock>();
        List<String> inside = null;
        var marker = "";
        for (var number = 1; number <= text.size(); number++) {
            var line = text.get(number - 1);
            var mark = MARKER.matcher(line);
            if (line.strip().startsWith("```")) {
                if (inside == null) {
                    inside = new ArrayList<>();
                    blocks.add(new CodeBlock(page, number, marker, line.strip().substring(3), inside));
                } else {
                    inside = null;
                }
                marker = "";
            } else if (inside != null) {
                var indent = Math.min(text.get(blocks.getLast().line - 1).indexOf('`'), line.length());
                inside.add(line.substring(indent));
            } else if (mark.matches()) {
                marker = mark.group(1);
            } else if (!line.isBlank()) {
                marker = "";
            }
        }
        return blocks;
    }

    /** Whether somebody may type it. */
    public boolean hasCommands() {
        return language.isEmpty()
                && lines.stream().anyMatch(line -> COMMAND.matcher(line).matches());
    }

    public boolean runs() {
        return marker.matches("runs( .*)?");
    }

    public boolean needsHost() {
        return marker.startsWith("runs on a host");
    }

    public boolean isInTerminalOfItsOwn() {
        return marker.contains("in a terminal of its own");
    }

    public boolean isOutput() {
        return marker.equals("prints");
    }

    /** The name of the file that it is, if it is one. */
    public Optional<String> file() {
        return marker.startsWith("file: ") ? Optional.of(marker.substring("file: ".length())) : Optional.empty();
    }

    public String text() {
        return String.join("\n", lines) + "\n";
    }

    @Override
    public String toString() {
        return page + ":" + line;
    }
}
