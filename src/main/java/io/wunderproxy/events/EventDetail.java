package io.wunderproxy.events;

/** A further fact of an event, for programs. */
public enum EventDetail {
    /** Bytes of an image that are here already. */
    BYTES(Long.class),
    /** All bytes of an image, as far as they are known. */
    TOTAL_BYTES(Long.class),
    /** The result of a probe. */
    HEALTHY(Boolean.class),
    /** The response to a probe, in words. */
    DETAIL(String.class),
    /** Requests that are open. */
    LEASES(Long.class),
    /** Why something failed. */
    REASON(String.class),
    /** The hash of what served until now. */
    FROM(String.class),
    /** The hash of what serves now. */
    TO(String.class);

    private final Class<?> type;

    EventDetail(Class<?> type) {
        this.type = type;
    }

    /** The type of its value. */
    public Class<?> type() {
        return type;
    }
}
