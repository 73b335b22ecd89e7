package io.wunderproxy.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;

/** A page of the documentation that a test makes of the program, and finds stale. */
public final class GeneratedPage {

    /** If this system property is set, pages are written and not compared. */
    private static final String WRITE = "docs.write";

    private static final int WIDTH = 100;

    private final Path file;
    private final String command;

    /** @param test the class that makes the page */
    public GeneratedPage(String file, Class<?> test) {
        this.file = Path.of(file);
        command = "./mvnw test -Dtest=" + test.getSimpleName() + " -D" + WRITE;
    }

    /** The command that makes the page again. */
    public String command() {
        return command;
    }

    /** Fails if the page is not this text, or writes it. */
    public void check(String text) throws IOException {
        if (System.getProperty(WRITE) != null) {
            Files.writeString(file, text);
        }
        assertThat(file)
                .as(file + " is not what the program says; make it again: " + command)
                .hasContent(text);
    }

    /** A link to a heading of the same page. */
    public static String linkTo(String heading) {
        return "[" + heading + "](#" + anchor(heading) + ")";
    }

    /** What a link to this heading says after the '#', as GitHub makes it. */
    public static String anchor(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N}_ -]", "")
                .replace(' ', '-');
    }

    /** Text in which no character means anything to Markdown. */
    public static String escaped(String text) {
        return text.replaceAll("([<*|])", "\\\\$1");
    }

    /** A paragraph in lines of 100 characters. */
    public static String wrapped(String text) {
        return wrapped(text, "");
    }

    /** An item of a list in lines of 100 characters. */
    public static String item(String text) {
        return wrapped("- " + text, "  ");
    }

    private static String wrapped(String text, String indent) {
        var lines = new StringBuilder();
        var length = 0;
        for (var word : text.split(" ")) {
            if (length > 0 && length + 1 + word.length() > WIDTH) {
                lines.append('\n').append(indent);
                length = indent.length();
            } else if (length > 0) {
                lines.append(' ');
                length++;
            }
            lines.append(word);
            length += word.length();
        }
        return lines.append('\n').toString();
    }
}
