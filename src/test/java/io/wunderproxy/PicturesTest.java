package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Holds the pictures of the pages to those that {@code build/pictures/make} makes from real runs. */
class PicturesTest {

    private static final Path DOCS = Path.of("docs");
    private static final Pattern PICTURE = Pattern.compile("!\\[[^]]*]\\(([^)]+)\\)|(?:src|srcset)=\"([^\"]+)\"");

    @Test
    void the_pictures_of_the_pages_are_those_that_the_script_makes() throws Exception {
        assertThat(shown()).containsExactlyInAnyOrderElementsOf(made());
    }

    @Test
    void no_other_picture_lies_beside_the_pages() throws Exception {
        try (var files = Files.list(DOCS)) {
            assertThat(files.map(file -> file.getFileName().toString()).filter(name -> !name.endsWith(".md")))
                    .containsExactlyInAnyOrderElementsOf(made());
        }
    }

    /** A picture from a machine of somebody's own would say so. */
    @Test
    void a_recording_shows_no_place_of_the_machine_that_made_it() throws Exception {
        for (var name : made()) {
            if (name.endsWith(".svg")) {
                assertThat(Files.readString(DOCS.resolve(name)))
                        .doesNotContain("/tmp/tmp", "/root/", "/home/", "root@");
            }
        }
    }

    private static List<String> made() throws IOException {
        var script = new ProcessBuilder("build/pictures/make", "--list").start();
        try (var lines = script.inputReader()) {
            return lines.lines().toList();
        }
    }

    private static List<String> shown() throws IOException {
        try (var pages = Files.list(DOCS)) {
            return Stream.concat(Stream.of(Path.of("README.md")), pages.filter(page -> page.toString()
                            .endsWith(".md")))
                    .flatMap(page -> PICTURE.matcher(text(page)).results())
                    .map(found -> found.group(1) == null ? found.group(2) : found.group(1))
                    .map(path -> Path.of(path).getFileName().toString())
                    .distinct()
                    .toList();
        }
    }

    private static String text(Path page) {
        try {
            return Files.readString(page);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
