package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;

/** Writes the heads that this proxy sends, always from the table and never as they came. Each event loop uses one for all. */
final class HeadWriter {
    private static final byte[] COLON = ": ".getBytes(US_ASCII);
    private static final byte[] LINE_END = "\r\n".getBytes(US_ASCII);
    private static final int LONGEST_NUMBER = 20;

    private byte[] bytes = new byte[2 * HeadTable.ROOM];
    private int length;

    HeadWriter begin() {
        length = 0;
        return this;
    }

    int length() {
        return length;
    }

    HeadWriter put(byte[] constant) {
        return put(constant, 0, constant.length);
    }

    HeadWriter put(byte[] from, int start, int end) {
        var more = end - start;
        ensure(more);
        System.arraycopy(from, start, bytes, length, more);
        length += more;
        return this;
    }

    HeadWriter put(long number) {
        ensure(LONGEST_NUMBER);
        var digits = 1;
        for (var rest = number / 10; rest > 0; rest /= 10) {
            digits++;
        }
        length += digits;
        var left = number;
        for (var at = length - 1; at >= length - digits; at--) {
            bytes[at] = (byte) ('0' + left % 10);
            left /= 10;
        }
        return this;
    }

    /** Writes characters below 256. */
    @SuppressWarnings("deprecation") // the only way to copy such a string without decoding it
    HeadWriter put(String text) {
        ensure(text.length());
        text.getBytes(0, text.length(), bytes, length);
        length += text.length();
        return this;
    }

    HeadWriter colon() {
        return put(COLON);
    }

    HeadWriter lineEnd() {
        return put(LINE_END);
    }

    /**
     * Writes the fields of a head that are forwarded, as they came but for the blanks around their values. Neighbours that are written
     * as usual, of which every byte was looked at, are copied together.
     */
    HeadWriter put(HeadTable head) {
        var line = 0;
        while (line < head.fields) {
            if (head.isDropped(line)) {
                line++;
                continue;
            }
            var first = line;
            while (line < head.fields && !head.isDropped(line) && head.isUsual(line)) {
                line++;
            }
            if (line > first) {
                put(head.bytes, head.nameStart[first], head.valueEnd[line - 1] + LINE_END.length);
            } else {
                put(head.bytes, head.nameStart[line], head.nameEnd[line]);
                put(COLON);
                put(head.bytes, head.valueStart[line], head.valueEnd[line]);
                put(LINE_END);
                line++;
            }
        }
        return this;
    }

    private void ensure(int more) {
        if (bytes.length - length < more) {
            bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
        }
    }

    void writeTo(ByteBuf target) {
        target.writeBytes(bytes, 0, length);
    }
}
