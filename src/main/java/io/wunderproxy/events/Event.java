package io.wunderproxy.events;

import io.wunderproxy.names.ShortId;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jboss.logging.Logger;

/**
 * Something that happens to a deployment or to the traffic. Everybody may read it: no secrets, and nothing that an application
 * wrote.
 *
 * @param hash of the deployment; empty if it concerns none
 * @param revision of the deployment; empty if it concerns none, or is not known yet
 * @param containerId empty if it concerns none
 * @param message one line for a person, which does not repeat the revision
 * @param details further facts for programs
 * @param level how loud the log tells it
 * @param passing whether a later event of the same type for the same deployment makes this one needless
 */
public record Event(
        EventType type,
        Optional<String> hash,
        Optional<String> revision,
        Optional<String> containerId,
        String message,
        Map<EventDetail, Object> details,
        Logger.Level level,
        boolean passing) {

    private static final int LONGEST_MESSAGE = 1000;

    public Event {
        message = bounded(message);
        details = Collections.unmodifiableMap(new LinkedHashMap<>(details));
    }

    /** An event that concerns no deployment, unless {@link #about} names one. */
    public static Event of(EventType type, String message) {
        return new Event(
                type,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                message,
                Map.of(),
                Logger.Level.INFO,
                false);
    }

    /** This event as one of the deployment with this hash, whose revision is not known yet. */
    public Event about(String deployment) {
        return new Event(
                type, Optional.of(deployment), Optional.empty(), containerId, message, details, level, passing);
    }

    /** This event as one of this deployment. */
    public Event about(String deployment, String itsRevision) {
        return new Event(
                type, Optional.of(deployment), Optional.of(itsRevision), containerId, message, details, level, passing);
    }

    /** This event as one of this container. */
    public Event in(String container) {
        return new Event(type, hash, revision, Optional.of(container), message, details, level, passing);
    }

    public Event with(EventDetail name, long number) {
        return withDetail(name, number);
    }

    public Event with(EventDetail name, boolean fact) {
        return withDetail(name, fact);
    }

    public Event with(EventDetail name, String text) {
        return withDetail(name, bounded(text));
    }

    private Event withDetail(EventDetail name, Object value) {
        var more = new LinkedHashMap<>(details);
        more.put(name, name.type().cast(value));
        return new Event(type, hash, revision, containerId, message, more, level, passing);
    }

    /** This event, logged at that level. */
    public Event at(Logger.Level loud) {
        return new Event(type, hash, revision, containerId, message, details, loud, passing);
    }

    /** This event as one that the next of its kind replaces: a measure of progress. */
    public Event untilNext() {
        return new Event(type, hash, revision, containerId, message, details, level, true);
    }

    boolean replaces(Event earlier) {
        return passing && earlier.passing && type == earlier.type && hash.equals(earlier.hash);
    }

    /** The line of the log. */
    String logLine() {
        if (hash.isEmpty()) {
            return message;
        }
        var abbreviated = ShortId.of(hash.get());
        return revision.map(r -> "revision " + r + " (" + abbreviated + ")").orElse("configuration " + abbreviated)
                + ": " + message;
    }

    private static String bounded(String text) {
        var line = text.replaceAll("[\\s\\p{Cntrl}]+", " ").strip();
        return line.length() <= LONGEST_MESSAGE ? line : line.substring(0, LONGEST_MESSAGE - 1) + "…";
    }
}
