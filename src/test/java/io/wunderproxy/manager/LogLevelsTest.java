package io.wunderproxy.manager;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.wunderproxy.events.EventLog;
import io.wunderproxy.manager.LogLevels.Level;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.jboss.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** With the loggers of this program. */
class LogLevelsTest {

    private static final Logger OF_PROXY = Logger.getLogger("io.wunderproxy.proxy.vertx.Exchange");
    private static final Logger OF_DEPLOYMENT = Logger.getLogger("io.wunderproxy.deployment.Launch");
    private static final Logger OF_LIBRARY = Logger.getLogger("software.amazon.awssdk.request");

    private record Alarm(Duration time, Runnable step) {}

    private final List<Alarm> alarms = new ArrayList<>();
    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 1_000);
    private final EventLog events = new EventLog(Clock.systemUTC());
    private final java.util.logging.Logger root = java.util.logging.Logger.getLogger("");
    private final java.util.logging.Level levelOfRoot = root.getLevel();
    private LogLevels levels;

    @BeforeEach
    void start() {
        root.setLevel(java.util.logging.Level.INFO);
        levels = new LogLevels(events, now::get, (time, step) -> alarms.add(new Alarm(time, step)));
    }

    @AfterEach
    void restore() {
        levels.current().forEach(current -> levels.reset(current.category()));
        root.setLevel(levelOfRoot);
    }

    private List<String> current() {
        return levels.current().stream().map(Object::toString).toList();
    }

    private List<String> logged() {
        return events.all().stream().map(entry -> entry.event().message()).toList();
    }

    @Test
    void one_part_logs_more_until_its_time_is_over() {
        assertThat(levels.change("proxy", Level.DEBUG, Optional.of(Duration.ofMinutes(5))))
                .isEqualTo("log level of proxy: debug for 5m");

        assertThat(OF_PROXY.isDebugEnabled()).isTrue();
        assertThat(OF_DEPLOYMENT.isDebugEnabled()).isFalse();
        now.addAndGet(Duration.ofSeconds(59).toNanos());
        assertThat(current()).containsExactly("all: info", "proxy: debug, for 241s more");
        assertThat(alarms).extracting(Alarm::time).containsExactly(Duration.ofMinutes(5));

        alarms.getFirst().step().run();

        assertThat(OF_PROXY.isDebugEnabled()).isFalse();
        assertThat(current()).containsExactly("all: info");
        assertThat(logged())
                .containsExactly("log level of proxy: debug for 5m", "log level of proxy: info, as at the start");
    }

    @Test
    void debug_ends_by_itself_and_less_than_usual_stays() {
        levels.change(LogLevels.ALL, Level.DEBUG, Optional.empty());
        levels.change("deployment", Level.WARN, Optional.empty());

        assertThat(alarms).extracting(Alarm::time).containsExactly(LogLevels.USUAL);
        assertThat(current()).containsExactly("all: debug, for 15m more", "deployment: warn");
        assertThat(OF_PROXY.isDebugEnabled()).isTrue();
        assertThat(OF_DEPLOYMENT.isInfoEnabled()).isFalse();
        assertThat(OF_LIBRARY.isDebugEnabled())
                .as("libraries keep their levels")
                .isFalse();
    }

    @Test
    void the_end_of_a_change_does_not_end_a_later_one() {
        levels.change("proxy", Level.DEBUG, Optional.of(Duration.ofMinutes(1)));
        levels.change("proxy", Level.DEBUG, Optional.of(Duration.ofHours(1)));

        alarms.getFirst().step().run();

        assertThat(current()).containsExactly("all: info", "proxy: debug, for 1h more");

        alarms.getLast().step().run();

        assertThat(current()).containsExactly("all: info");
    }

    @Test
    void the_default_is_what_was_there_at_the_start() {
        levels.change("proxy", Level.ERROR, Optional.empty());
        assertThat(OF_PROXY.isInfoEnabled()).isFalse();

        assertThat(levels.reset("proxy")).isEqualTo("log level of proxy: info, as at the start");

        assertThat(OF_PROXY.isInfoEnabled()).isTrue();
        assertThat(current()).containsExactly("all: info");
    }

    @Test
    void an_unknown_category_is_refused_with_those_that_are_known() {
        assertThatExceptionOfType(IllegalArgumentException.class)
                .isThrownBy(() -> levels.change("io.netty", Level.DEBUG, Optional.empty()))
                .withMessage(
                        "category: must be one of all, agent, deployment, events, handover, manager, proxy, registry, "
                                + "supervision");
        assertThatExceptionOfType(IllegalArgumentException.class).isThrownBy(() -> levels.reset("io.netty"));
        assertThat(logged()).isEmpty();
    }

    /** A part that begins to log is to be named in {@link LogLevels}. */
    @Test
    void every_part_that_logs_is_a_category() throws IOException {
        var sources = Path.of("src/main/java/io/wunderproxy");
        List<String> parts;
        try (var files = Files.walk(sources)) {
            parts = files.filter(file -> file.toString().endsWith(".java") && logs(file))
                    .map(file -> sources.relativize(file).getName(0).toString())
                    .distinct()
                    .toList();
        }

        assertThat(parts).contains("proxy").allSatisfy(part -> {
            levels.change(part, Level.INFO, Optional.empty());
            assertThat(current()).contains(part + ": info");
        });
    }

    private static boolean logs(Path file) {
        try {
            return Files.readString(file).contains("Logger.getLogger(") && !file.endsWith("LogLevels.java");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
