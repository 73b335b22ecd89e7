package io.wunderproxy.proxy.stats;

import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.Refusal;

/**
 * One request in the access log, on its way from an event loop to the log's thread: a place in a {@link LoopLog}, used again and again.
 * No header but the host and the request's id is in it, so no secret either, unless the target's query holds one.
 */
public final class LogRecord {
    private static final int USUAL = 256;
    /** A place does not keep more than that when its request is written. */
    private static final int MOST_KEPT = 1024;

    /** When the response ended, in milliseconds since 1970. */
    long ended;

    String client;
    String method;
    String protocol;
    int status;
    long nanos;
    long in;
    long out;
    Backend backend;
    Refusal refusal;

    /** As text; null if as bytes, or if the request has none. */
    String target;

    String host;
    String requestId;

    /** Target, host and id of a request that was never text, one behind the other: ISO 8859-1. */
    byte[] bytes;

    int targetEnd;
    int hostEnd;
    int idEnd;

    LogRecord() {}

    /**
     * Says who asked how.
     *
     * @param ip null if it came through a Unix socket
     * @param version such as {@code HTTP/1.1}
     */
    public LogRecord from(String ip, String how, String version) {
        client = ip;
        method = how;
        protocol = version;
        return this;
    }

    /**
     * Says what was asked for.
     *
     * @param what the request target, with its query
     * @param where the request's host; null if it has none or was refused
     * @param id value of {@code X-Request-Id}; null if it was refused
     */
    public LogRecord asked(String what, String where, String id) {
        target = what;
        host = where;
        requestId = id;
        return this;
    }

    /**
     * Says what was asked for, as bytes, which are copied.
     *
     * @param text the request target, with its query, and behind it the request's host
     * @param targetLength of the target
     * @param length of both
     * @param id value of {@code X-Request-Id}
     */
    public LogRecord asked(byte[] text, int targetLength, int length, byte[] id) {
        idEnd = length + id.length;
        if (bytes == null || bytes.length < idEnd) {
            bytes = new byte[Math.max(USUAL, idEnd)];
        }
        System.arraycopy(text, 0, bytes, 0, length);
        System.arraycopy(id, 0, bytes, length, id.length);
        targetEnd = targetLength;
        hostEnd = length;
        return this;
    }

    /** Names the request by another id than that which was copied; null: by that one. */
    public LogRecord named(String id) {
        requestId = id;
        return this;
    }

    /**
     * Says what came of it.
     *
     * @param at when the response ended, in milliseconds since 1970
     * @param code the status that the client got; 499 if it went away before
     * @param duration nanoseconds from the head of the request to the end of the response
     * @param bytesIn body bytes from the client
     * @param bytesOut body bytes to the client
     * @param from where it was sent; null if nowhere
     * @param why why the response is the proxy's own; null if it is not
     */
    public void ended(long at, int code, long duration, long bytesIn, long bytesOut, Backend from, Refusal why) {
        ended = at;
        status = code;
        nanos = duration;
        in = bytesIn;
        out = bytesOut;
        backend = from;
        refusal = why;
    }

    /** Lets go of what a request may have much of. */
    void clear() {
        target = null;
        host = null;
        requestId = null;
        idEnd = 0;
        if (bytes != null && bytes.length > MOST_KEPT) {
            bytes = null;
        }
    }
}
