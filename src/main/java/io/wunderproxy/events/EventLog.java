package io.wunderproxy.events;

import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.regex.Pattern;
import org.jboss.logging.Logger;

/**
 * The events of this run of the agent, the latest ones of which are kept in memory. What is added here is written to the log of the
 * program too. A reader has a position instead of a queue, so that readers cost nothing, however slow they are.
 */
@Singleton
public final class EventLog {

    /** How many events are kept. */
    public static final int KEPT = 1000;

    private static final Logger LOG = Logger.getLogger(EventLog.class);
    private static final Pattern ID = Pattern.compile("(\\d{1,18})-(\\d{1,18})");

    private final Clock clock;
    private final int capacity;
    private final String boot;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition grown = lock.newCondition();

    /** The events that are kept, oldest first. The lock guards them, the last number given, and the last one thrown away. */
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();

    private long last;
    private long lastLost;

    /**
     * An event that has happened.
     *
     * @param id names it among the events of all runs of the agent
     * @param number counts up in one run
     */
    public record Entry(String id, long number, Instant time, Event event) {}

    /** A reader was too slow: events that it has not seen are not kept any more. */
    public static final class FellBehindException extends Exception {
        private FellBehindException() {
            super("events were lost: the reader was too slow");
        }
    }

    @Inject
    public EventLog(Clock clock) {
        this(clock, KEPT);
    }

    EventLog(Clock clock, int capacity) {
        this.clock = clock;
        this.capacity = capacity;
        this.boot = Long.toString(clock.millis());
    }

    /** Keeps the event, tells it to all readers and writes it to the log. */
    public Entry add(Event event) {
        Entry entry;
        lock.lock();
        try {
            last++;
            entry = new Entry(boot + "-" + last, last, clock.instant(), event);
            if (event.passing()) {
                entries.removeIf(earlier -> event.replaces(earlier.event()));
            }
            entries.add(entry);
            if (entries.size() > capacity) {
                lastLost = entries.remove().number();
            }
            grown.signalAll();
        } finally {
            lock.unlock();
        }
        LOG.log(event.level(), event.logLine());
        return entry;
    }

    /** All events that are kept, oldest first. */
    public List<Entry> all() {
        return recent(capacity);
    }

    /** The latest events, oldest first. */
    public List<Entry> recent(int most) {
        lock.lock();
        try {
            return entries.stream().skip(Math.max(0, entries.size() - most)).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Reads the latest events, and then what happens from now on. */
    public Reader recentAndNew(int most) {
        lock.lock();
        try {
            var latest = recent(most);
            return new Reader(latest.isEmpty() ? last : latest.getFirst().number() - 1);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Reads what has happened since the event with this id. An id of another run of the agent, or of an event that is not kept any
     * more, gives everything that is kept.
     */
    public Reader after(String id) {
        lock.lock();
        try {
            return new Reader(
                    Math.max(lastLost, number(id).filter(n -> n <= last).orElse(0L)));
        } finally {
            lock.unlock();
        }
    }

    private Optional<Long> number(String id) {
        var matcher = ID.matcher(id);
        return matcher.matches() && matcher.group(1).equals(boot)
                ? Optional.of(Long.parseLong(matcher.group(2)))
                : Optional.empty();
    }

    /** A position in the log. For one thread. */
    public final class Reader {

        private long position;

        private Reader(long position) {
            this.position = position;
        }

        /**
         * Waits until there are events that this reader has not seen.
         *
         * @return these, oldest first; none if nothing happened for so long
         * @throws FellBehindException if some of them are not kept any more
         */
        public List<Entry> next(Duration patience) throws InterruptedException, FellBehindException {
            lock.lockInterruptibly();
            try {
                var left = patience.toNanos();
                while (position == last && left > 0) {
                    left = grown.awaitNanos(left);
                }
                if (position < lastLost) {
                    throw new FellBehindException();
                }
                var unseen = entries.stream().filter(e -> e.number() > position).toList();
                position = last;
                return unseen;
            } finally {
                lock.unlock();
            }
        }
    }
}
