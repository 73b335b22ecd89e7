package io.wunderproxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.wunderproxy.cli.host.StatusCommand;
import io.wunderproxy.deployment.DeploymentState;
import io.wunderproxy.events.EventType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Holds the words of the status page to those of the API and of the terminal. */
class PageWordsTest {

    private static final Path PAGE = Path.of("src/main/resources/page");
    private static final Pattern KEY = Pattern.compile("(\\w+): '");
    private static final Pattern TYPE = Pattern.compile("'([a-z-]+)'");

    /** The state of a later version is shown as it comes. */
    @Test
    void the_page_knows_each_state_of_a_deployment_by_the_word_of_the_api() throws IOException {
        assertThat(words("deployments.js", "const kinds = \\{(.*?)}", KEY))
                .containsExactlyInAnyOrderElementsOf(states());
    }

    @Test
    void the_steps_of_a_deployment_have_the_words_of_its_states_and_events() throws IOException {
        var events = Arrays.stream(EventType.values()).map(EventType::label).toList();
        var steps = words("deployments.js", "const reached = \\[(.*?)]\\.filter", TYPE);

        assertThat(steps).contains("healthy", "switched", "failed", "gone");
        // "launched" is the end of "launching" in the same way as "switched" is its event's.
        assertThat(steps).allMatch(word -> word.equals("launched") || states().contains(word) || events.contains(word));
    }

    @Test
    void the_page_names_no_type_of_event_that_the_api_does_not_have() throws IOException {
        var events = Arrays.stream(EventType.values()).map(EventType::label).toList();

        assertThat(words("events.js", "new Set\\(\\[(.*?)]\\)", TYPE))
                .isNotEmpty()
                .isSubsetOf(events);
    }

    /** They come with the event, so that page and terminal agree, and know those of newer agents. */
    @Test
    void neither_page_nor_terminal_has_a_list_of_good_and_bad_events() throws IOException {
        var terminal =
                Path.of("src/main/java", StatusCommand.class.getPackageName().replace('.', '/'));

        for (var file : List.of(PAGE.resolve("events.js"), terminal.resolve("EventsCommand.java"))) {
            assertThat(Files.readString(file)).doesNotContain("'unhealthy'", "\"unhealthy\"");
        }
    }

    /** To roll back is to promote what served before, too, which only the command does. */
    @Test
    void the_page_uses_no_word_of_a_command_for_something_else() throws IOException {
        assertThat(text()).doesNotContainIgnoringCase("roll back").doesNotContain("reachable'");
    }

    private static List<String> states() {
        return Arrays.stream(DeploymentState.class.getPermittedSubclasses())
                .filter(state -> state != DeploymentState.Unknown.class)
                .map(state -> state.getSimpleName().toLowerCase(Locale.ROOT))
                .toList();
    }

    private static List<String> words(String script, String place, Pattern word) throws IOException {
        var found = Pattern.compile(place, Pattern.DOTALL).matcher(Files.readString(PAGE.resolve(script)));
        return Optional.of(found).filter(Matcher::find).stream()
                .flatMap(list -> word.matcher(list.group(1)).results())
                .map(match -> match.group(1))
                .toList();
    }

    private static String text() throws IOException {
        try (var files = Files.list(PAGE)) {
            return files.filter(Files::isRegularFile).map(PageWordsTest::read).collect(Collectors.joining("\n"));
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
