package io.wunderproxy.proxy.lean;

import io.netty.buffer.ByteBuf;

/** Looks through bodies in chunks (RFC 9112, section 7.1) that are whole and written as usual, so that they can pass as they came. */
final class Chunks {
    /** Tells that a body is not whole, or not written as usual, or that something comes behind it. */
    static final int NOT_PLAIN = -1;

    private static final int MOST_DIGITS = 7;

    private Chunks() {}

    /**
     * Looks through a body that begins at {@code start} and ends where the bytes do: sizes without a zero before other digits, no
     * extensions, no trailers.
     *
     * @return how many bytes it has without its framing; {@link #NOT_PLAIN} if it has to be read by somebody else
     */
    static int payload(ByteBuf bytes, int start) {
        var end = bytes.writerIndex();
        var payload = 0;
        var at = start;
        while (true) {
            var size = 0;
            var digits = 0;
            while (at < end && digits <= MOST_DIGITS) {
                var digit = hex(bytes.getByte(at));
                if (digit < 0) {
                    break;
                }
                size = size << 4 | digit;
                digits++;
                at++;
            }
            if (digits == 0 || digits > MOST_DIGITS || digits > 1 && size >> 4 * (digits - 1) == 0) {
                return NOT_PLAIN;
            }
            if (!isLineEnd(bytes, at, end)) {
                return NOT_PLAIN;
            }
            at += 2;
            if (size > end - at || !isLineEnd(bytes, at + size, end)) {
                return NOT_PLAIN;
            }
            at += size + 2;
            payload += size;
            if (size == 0) {
                return at == end ? payload : NOT_PLAIN;
            }
        }
    }

    private static int hex(byte b) {
        if (b >= '0' && b <= '9') {
            return b - '0';
        }
        var letter = b | 0x20;
        return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
    }

    private static boolean isLineEnd(ByteBuf bytes, int at, int end) {
        return end - at >= 2 && bytes.getByte(at) == '\r' && bytes.getByte(at + 1) == '\n';
    }
}
