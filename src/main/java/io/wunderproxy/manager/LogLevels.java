package io.wunderproxy.manager;

import io.vertx.core.Vertx;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.options.Amounts;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;
import java.util.logging.Logger;
import java.util.stream.Collectors;

/**
 * How much this program logs, as a whole and by room. A change for a time ends by itself, and any change ends with the program.
 * Libraries keep their levels: some of them log secrets.
 */
@Singleton
public final class LogLevels {

    /** The category of the whole program: the rooms that have no level of their own. */
    static final String ALL = "all";

    /** How long a level that writes much is kept, unless the caller says otherwise. */
    static final Duration USUAL = Duration.ofMinutes(15);

    static final Duration LONGEST = Duration.ofHours(24);

    /** The packages that log. */
    private static final List<String> ROOMS =
            List.of("agent", "deployment", "events", "handover", "manager", "proxy", "registry", "supervision");

    private static final String PROGRAM = "io.wunderproxy";

    private final EventLog events;
    private final LongSupplier nanoTime;
    private final BiConsumer<Duration, Runnable> alarm;

    /** The loggers, held here since the framework forgets those that nobody holds, and their levels. */
    private final Map<String, Logger> loggers = new LinkedHashMap<>();

    /** The levels at the start; null for a category that has none of its own. */
    private final Map<String, java.util.logging.Level> atStart = new HashMap<>();

    private final Map<String, Change> changes = new HashMap<>();

    /** The levels, from the one that logs least to the one that logs most. */
    enum Level {
        ERROR(java.util.logging.Level.SEVERE),
        WARN(java.util.logging.Level.WARNING),
        INFO(java.util.logging.Level.INFO),
        DEBUG(java.util.logging.Level.FINE);

        private final java.util.logging.Level logged;

        Level(java.util.logging.Level logged) {
            this.logged = logged;
        }

        /** The word for this level in the API. */
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** The level with this name, in any case; empty if there is none. */
        static Optional<Level> named(String name) {
            return Arrays.stream(values())
                    .filter(level -> level.name().equalsIgnoreCase(name))
                    .findFirst();
        }
    }

    /**
     * The level of a category.
     *
     * @param left the time until the level of the start is restored; empty if the level stays
     */
    record Current(String category, Level level, Optional<Duration> left) {

        @Override
        public String toString() {
            return category + ": " + level.label()
                    + left.map(time -> ", for " + Amounts.time(time) + " more").orElse("");
        }
    }

    /** A level other than the one of the start, with its end on the clock of {@link System#nanoTime}. */
    private record Change(Level level, Optional<Long> end) {}

    @Inject
    LogLevels(EventLog events, Vertx vertx) {
        this(
                events,
                System::nanoTime,
                (time, step) -> vertx.setTimer(time.toMillis(), fired -> Thread.startVirtualThread(step)));
    }

    /** @param alarm runs something after some time */
    LogLevels(EventLog events, LongSupplier nanoTime, BiConsumer<Duration, Runnable> alarm) {
        this.events = events;
        this.nanoTime = nanoTime;
        this.alarm = alarm;
        loggers.put(ALL, Logger.getLogger(PROGRAM));
        ROOMS.forEach(room -> loggers.put(room, Logger.getLogger(PROGRAM + "." + room)));
        loggers.forEach((category, logger) -> atStart.put(category, logger.getLevel()));
    }

    /** The level of the whole program, then those of rooms that were changed. */
    synchronized List<Current> current() {
        return loggers.keySet().stream()
                .filter(category -> category.equals(ALL) || changes.containsKey(category))
                .map(this::current)
                .toList();
    }

    private Current current(String category) {
        var end = Optional.ofNullable(changes.get(category)).flatMap(Change::end);
        return new Current(category, level(category), end.map(this::left));
    }

    /** The finest level that is logged. */
    private Level level(String category) {
        var logger = loggers.get(category);
        return Arrays.stream(Level.values())
                .filter(level -> logger.isLoggable(level.logged))
                .reduce(Level.ERROR, (coarser, finer) -> finer);
    }

    /** The time left in whole seconds, including the one that has begun. */
    private Duration left(long end) {
        return Duration.ofNanos(Math.max(0, end - nanoTime.getAsLong()))
                .plusNanos(999_999_999)
                .truncatedTo(ChronoUnit.SECONDS);
    }

    /**
     * Changes a level.
     *
     * @param time how long, up to {@link #LONGEST}; empty: {@link #USUAL} for {@link Level#DEBUG}, else until the program ends
     * @return what was done, for a person
     * @throws IllegalArgumentException if there is no such category
     */
    synchronized String change(String category, Level level, Optional<Duration> time) {
        var logger = logger(category);
        var lasting = time.or(() -> level == Level.DEBUG ? Optional.of(USUAL) : Optional.empty());
        var change = new Change(level, lasting.map(span -> nanoTime.getAsLong() + span.toNanos()));
        var text = "log level of " + category + ": " + level.label()
                + lasting.map(span -> " for " + Amounts.time(span)).orElse(" until the agent ends");
        // Logged before the change, which may leave out this line as well.
        events.add(Event.of(EventType.LOG_LEVEL, text));
        changes.put(category, change);
        logger.setLevel(level.logged);
        lasting.ifPresent(span -> alarm.accept(span, () -> end(category, change)));
        return text;
    }

    private synchronized void end(String category, Change change) {
        // A later change has an end of its own.
        if (changes.get(category) == change) {
            reset(category);
        }
    }

    /**
     * Restores a level to the one of the program's start.
     *
     * @return what was done, for a person
     * @throws IllegalArgumentException if there is no such category
     */
    synchronized String reset(String category) {
        logger(category).setLevel(atStart.get(category));
        changes.remove(category);
        var text = "log level of " + category + ": " + level(category).label() + ", as at the start";
        events.add(Event.of(EventType.LOG_LEVEL, text));
        return text;
    }

    private Logger logger(String category) {
        var logger = loggers.get(category);
        if (logger == null) {
            throw new IllegalArgumentException(
                    "category: must be one of " + loggers.keySet().stream().collect(Collectors.joining(", ")));
        }
        return logger;
    }
}
