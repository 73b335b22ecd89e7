package io.wunderproxy.events;

import java.util.Locale;
import java.util.Optional;

/** The kinds of events of a deployment, of the traffic as a whole, or of the agent. */
public enum EventType {
    /** Its configuration is read from the store. */
    FETCHING,
    /** Its image is pulled; says how many bytes are there. */
    PULLING,
    /** Its image is there. */
    PULLED,
    /** A container was made for it. */
    CREATED,
    /** A container that was there already is used for it. */
    FOUND,
    /** Its container was started. */
    STARTED,
    /** A probe of its health had another result than the one before. */
    PROBED,
    /** It is healthy. */
    CONFIRMED(Tone.GOOD),
    /** New requests go to it. */
    SWITCHED(Tone.GOOD),
    /** It is served from this container, as before: after a start of the agent, or since the container was started again. */
    SERVING(Tone.GOOD),
    /** It is compared with the former one, which is kept warm. */
    BAKING,
    /** Nothing has spoken against it while it was compared with the former one; or that was broken off. */
    BAKED(Tone.GOOD),
    /** It was worse than the former one, to which new requests go again. */
    SWITCHED_BACK(Tone.BAD),
    /** It finishes the requests that it has. */
    DRAINING(Tone.WARN),
    /** Its container was stopped. */
    STOPPED,
    /** Its container or its image was removed. */
    REMOVED,
    /** Its launch failed. */
    FAILED(Tone.BAD),
    /** A step was not possible and will be tried again. */
    DELAYED(Tone.WARN),
    /** The active deployment passes its probes again. */
    HEALTHY(Tone.GOOD),
    /** The active deployment fails its probes, or its container has died. */
    UNHEALTHY(Tone.BAD),
    /** A starting agent finds its way back to what it served. */
    RECOVERING,
    /** Requests wait. */
    PAUSED(Tone.WARN),
    /** Requests are turned away. */
    MAINTENANCE(Tone.WARN),
    /** Requests go through again. */
    RESUMED(Tone.GOOD),
    /** This host is in the table of its fleet, for the first time or again. */
    JOINED,
    /** The table of the fleet can't be used. */
    CUT_OFF(Tone.WARN),
    /** The program logs more from now on, or less. */
    LOG_LEVEL,
    /** This agent has taken the place of another one, without a request lost. */
    RELOADED(Tone.GOOD),
    /** This agent was to be replaced, and continues instead. */
    RELOAD_FAILED(Tone.BAD);

    private final Optional<Tone> tone;

    EventType() {
        tone = Optional.empty();
    }

    EventType(Tone tone) {
        this.tone = Optional.of(tone);
    }

    /** Whether people are to be glad of it; empty: it is one step of many. Page and terminal colour it by that. */
    public Optional<Tone> tone() {
        return tone;
    }

    /** The meaning of an event to somebody who looks. */
    public enum Tone {
        GOOD,
        WARN,
        BAD;

        /** The word for it in the API. */
        public String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** The word for it in the API. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
