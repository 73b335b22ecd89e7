package io.wunderproxy.events;

/** A further fact of an event, for programs. */
public enum EventDetail {
    /** Of an image, here already. */
    BYTES(Long.class),
    /** Of an image, as far as it is known. */
    TOTAL_BYTES(Long.class),
    /** What a probe found. */
    HEALTHY(Boolean.class),
    /** What a probe saw. */
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

    /** What its value is. */
    public Class<?> type() {
        return type;
    }
}
