package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.US_ASCII;

import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.HopByHopHeaders;
import io.wunderproxy.proxy.rules.ReservedHeaders;
import java.util.Arrays;

/**
 * Remembers what the rules say of the names of headers, since most messages have the same few. Each name has two places, where the last
 * two of those that share them stay. Each event loop has its own.
 */
final class NameRules {
    /** The number of a header that the proxy knows plus 1, in these bits; 0 for others. */
    static final int NUMBER = 0xff;

    /** Never forwarded. */
    static final int HOP_BY_HOP = 0x100;

    /** Not forwarded when it comes from a client that is not believed. */
    static final int RESERVED = 0x200;

    /** Not even forwarded when it comes from a client that is believed. */
    static final int NEVER_BELIEVED = 0x400;

    static final int EXPECT = 0x800;
    static final int KEEP_ALIVE = 0x1000;

    /** Whether there is anything to decide about such a header of a request, or of a response; all others are forwarded as they are. */
    static final int DECIDES_REQUEST = 0x2000;

    static final int DECIDES_RESPONSE = 0x4000;

    private static final int PLACES = 256;
    /** The bits of a hash that do not choose a place. */
    private static final int FREE_BITS = 24;

    /** Spreads hashes that differ in a few bits over all places (the golden ratio, as multiplicative hashing does). */
    private static final int SPREAD = 0x9e3779b9;

    private static final int LONGEST = 64;
    private static final byte[] EXPECT_NAME = "expect".getBytes(US_ASCII);
    private static final byte[] KEEP_ALIVE_NAME = "keep-alive".getBytes(US_ASCII);
    private static final byte[] NONE = {};

    /** A name that the rules may look at. */
    private record Name(byte[] bytes, int start, int end) implements CharSequence {
        @Override
        public int length() {
            return end - start;
        }

        @Override
        public char charAt(int index) {
            return (char) (bytes[start + index] & 0xff);
        }

        @Override
        public CharSequence subSequence(int from, int to) {
            return new Name(bytes, start + from, start + to);
        }

        @Override
        public String toString() {
            return new String(bytes, start, end - start, ISO_8859_1);
        }
    }

    private final ReservedHeaders reserved;
    private final boolean underscores;
    private final byte[][] names = new byte[PLACES][];
    private final int[] verdicts = new int[PLACES];

    /**
     * @param reserved those that only a proxy may say
     * @param underscores whether names of headers may have {@code _} in them
     */
    NameRules(ReservedHeaders reserved, boolean underscores) {
        this.reserved = reserved;
        this.underscores = underscores;
        Arrays.fill(names, NONE);
    }

    /**
     * The verdict on a name.
     *
     * @param hash a number that is made from the bytes of the name, and the same for the same bytes
     */
    int verdict(byte[] bytes, int start, int end, int hash) {
        var place = hash * SPREAD >>> FREE_BITS;
        if (isAt(place, bytes, start, end)) {
            return verdicts[place];
        }
        var other = place ^ 1;
        if (isAt(other, bytes, start, end)) {
            return verdicts[other];
        }
        var verdict = decide(bytes, start, end);
        if (end - start <= LONGEST) {
            names[other] = names[place];
            verdicts[other] = verdicts[place];
            names[place] = Arrays.copyOfRange(bytes, start, end);
            verdicts[place] = verdict;
        }
        return verdict;
    }

    private boolean isAt(int place, byte[] bytes, int start, int end) {
        var known = names[place];
        return known.length == end - start && Bytes.startsWith(bytes, start, known);
    }

    private int decide(byte[] bytes, int start, int end) {
        var name = new Name(bytes, start, end);
        var header = Header.of(bytes, start, end);
        var verdict = header == null ? 0 : header.ordinal() + 1;
        if (HopByHopHeaders.isHopByHop(name)) {
            verdict |= HOP_BY_HOP;
        }
        if (!reserved.mayPass(name, false, underscores)) {
            verdict |= RESERVED;
        }
        if (!reserved.mayPass(name, true, underscores)) {
            verdict |= NEVER_BELIEVED;
        }
        if (Bytes.same(bytes, start, end, EXPECT_NAME)) {
            verdict |= EXPECT;
        }
        if (Bytes.same(bytes, start, end, KEEP_ALIVE_NAME)) {
            verdict |= KEEP_ALIVE;
        }
        if ((verdict & (HOP_BY_HOP | RESERVED | NEVER_BELIEVED | EXPECT)) != 0
                || header == Header.HOST
                || framesMessage(header)) {
            verdict |= DECIDES_REQUEST;
        }
        if ((verdict & HOP_BY_HOP) != 0 || framesMessage(header)) {
            verdict |= DECIDES_RESPONSE;
        }
        return verdict;
    }

    private static boolean framesMessage(Header header) {
        return header == Header.CONTENT_LENGTH || header == Header.TRANSFER_ENCODING || header == Header.CONNECTION;
    }
}
