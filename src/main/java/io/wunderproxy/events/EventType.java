package io.wunderproxy.events;

import java.util.Locale;

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
    CONFIRMED,
    /** New requests go to it. */
    SWITCHED,
    /** It is served from this container, as before: after a start of the agent, or since the container was started again. */
    SERVING,
    /** It finishes the requests that it has. */
    DRAINING,
    /** Its container was stopped. */
    STOPPED,
    /** Its container or its image was removed. */
    REMOVED,
    /** Its launch failed. */
    FAILED,
    /** A step was not possible and will be tried again. */
    DELAYED,
    /** The active deployment passes its probes again. */
    HEALTHY,
    /** The active deployment fails its probes, or its container has died. */
    UNHEALTHY,
    /** A starting agent finds its way back to what it served. */
    RECOVERING,
    /** Requests wait. */
    PAUSED,
    /** Requests are turned away. */
    MAINTENANCE,
    /** Requests go through again. */
    RESUMED,
    /** This host is in the table of its fleet, for the first time or again. */
    JOINED,
    /** The table of the fleet can't be used. */
    CUT_OFF,
    /** The program logs more from now on, or less. */
    LOG_LEVEL;

    /** The word for it in the API. */
    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
