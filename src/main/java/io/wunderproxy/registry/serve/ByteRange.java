package io.wunderproxy.registry.serve;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A part of a blob.
 *
 * @param from the first byte
 * @param length at least 1
 */
record ByteRange(long from, long length) {

    private static final Pattern SINGLE = Pattern.compile("bytes=\\s*(\\d{0,18})\\s*-\\s*(\\d{0,18})\\s*");

    /** There is no such part. */
    static final class Unsatisfiable extends Exception {}

    /**
     * The range that the header {@code Range} asks for; empty if it is not understood, such as one of several parts, and the
     * response is the whole then (RFC 9110).
     */
    static Optional<ByteRange> parse(String header, long size) throws Unsatisfiable {
        var matcher = SINGLE.matcher(header);
        if (!matcher.matches() || matcher.group(1).isEmpty() && matcher.group(2).isEmpty()) {
            return Optional.empty();
        }
        if (matcher.group(1).isEmpty()) {
            var last = Math.min(size, Long.parseLong(matcher.group(2)));
            if (last == 0) {
                throw new Unsatisfiable();
            }
            return Optional.of(new ByteRange(size - last, last));
        }
        var from = Long.parseLong(matcher.group(1));
        var to = matcher.group(2).isEmpty() ? size - 1 : Math.min(size - 1, Long.parseLong(matcher.group(2)));
        if (!matcher.group(2).isEmpty() && Long.parseLong(matcher.group(2)) < from) {
            return Optional.empty();
        }
        if (from >= size) {
            throw new Unsatisfiable();
        }
        return Optional.of(new ByteRange(from, to - from + 1));
    }

    /** As in the header {@code Content-Range}. */
    String of(long size) {
        return "bytes " + from + "-" + (from + length - 1) + "/" + size;
    }
}
