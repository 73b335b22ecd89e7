package io.wunderproxy.names;

/** Hashes and ids of containers as responses, logs and tables show them. */
public final class ShortId {

    private static final int LENGTH = 8;

    private ShortId() {}

    /** The first 8 characters, or all if there are fewer. */
    public static String of(String id) {
        return id.substring(0, Math.min(LENGTH, id.length()));
    }
}
