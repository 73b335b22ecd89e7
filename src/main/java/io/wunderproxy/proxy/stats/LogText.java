package io.wunderproxy.proxy.stats;

import java.time.Instant;
import java.util.Arrays;

/** Lines of the access log as they grow, in ASCII. On the log's thread. */
final class LogText {
    private static final char[] HEX = "0123456789ABCDEF".toCharArray();
    /** The last ASCII character, a control character. */
    private static final int DELETE = 0x7f;

    /** From here on, a number of milliseconds is written with an exponent. */
    private static final long EXPONENT_MICROS = 10_000_000_000L;

    private static final int USUAL = 64 * 1024;
    private static final int MOST_KEPT = 1024 * 1024;

    private byte[] bytes = new byte[USUAL];
    private int length;
    /** The second that {@link #secondText} is about. */
    private long second = Long.MIN_VALUE;

    private String secondText;

    byte[] bytes() {
        return bytes;
    }

    int length() {
        return length;
    }

    void clear() {
        length = 0;
        if (bytes.length > MOST_KEPT) {
            bytes = new byte[USUAL];
        }
    }

    private void add(int ascii) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
        }
        bytes[length++] = (byte) ascii;
    }

    LogText put(char c) {
        add(c);
        return this;
    }

    /** Text that is known to be ASCII without control characters. */
    LogText put(String ascii) {
        for (var i = 0; i < ascii.length(); i++) {
            add(ascii.charAt(i));
        }
        return this;
    }

    LogText put(long number) {
        if (number < 0) {
            return put(Long.toString(number));
        }
        var unit = 1L;
        while (number / unit >= 10) {
            unit *= 10;
        }
        for (; unit > 0; unit /= 10) {
            add('0' + (int) (number / unit % 10));
        }
        return this;
    }

    /** A moment as of ISO 8601, with its milliseconds if there are any. */
    LogText putTime(long millis) {
        var seconds = Math.floorDiv(millis, 1000L);
        if (seconds != second) {
            var text = Instant.ofEpochSecond(seconds).toString();
            second = seconds;
            secondText = text.substring(0, text.length() - 1);
        }
        put(secondText);
        var rest = (int) Math.floorMod(millis, 1000L);
        if (rest != 0) {
            put('.');
            add('0' + rest / 100);
            add('0' + rest / 10 % 10);
            add('0' + rest % 10);
        }
        return put('Z');
    }

    /** A duration in milliseconds, down to microseconds, with as many digits as it needs and one behind the point at least. */
    LogText putMillis(long nanos) {
        var micros = nanos / 1000;
        if (micros < 0 || micros >= EXPONENT_MICROS) {
            return put(Double.toString(micros / 1000.0));
        }
        put(micros / 1000).put('.');
        var rest = (int) (micros % 1000);
        add('0' + rest / 100);
        if (rest % 100 != 0) {
            add('0' + rest / 10 % 10);
        }
        if (rest % 10 != 0) {
            add('0' + rest % 10);
        }
        return this;
    }

    /** Adds what somebody has sent to a line of text: control characters would let a client write lines of its own. */
    LogText putSafe(String sent, int end) {
        for (var i = 0; i < end; i++) {
            putSafe(sent.charAt(i));
        }
        return this;
    }

    LogText putSafe(byte[] sent, int from, int to) {
        for (var i = from; i < to; i++) {
            putSafe(sent[i] & 0xff);
        }
        return this;
    }

    private void putSafe(int c) {
        if (c > ' ' && c < DELETE) {
            add(c);
            return;
        }
        add('%');
        if (c > 0xfff) {
            add(HEX[c >> 12]);
        }
        if (c > 0xff) {
            add(HEX[c >> 8 & 0xf]);
        }
        add(HEX[c >> 4 & 0xf]);
        add(HEX[c & 0xf]);
    }

    /** The name of a field of a JSON object that has no objects in it, with what is before and behind it. */
    LogText putName(String name) {
        if (bytes[length - 1] != '{') {
            add(',');
        }
        return put('"').put(name).put("\":");
    }

    /** A JSON string, or null. */
    LogText putJson(String text) {
        return text == null ? put("null") : putJson(text, text.length());
    }

    LogText putJson(String text, int end) {
        add('"');
        for (var i = 0; i < end; i++) {
            putEscaped(text.charAt(i));
        }
        return put('"');
    }

    LogText putJson(byte[] text, int from, int to) {
        add('"');
        for (var i = from; i < to; i++) {
            putEscaped(text[i] & 0xff);
        }
        return put('"');
    }

    /** DEL is escaped as well: a terminal that shows the log must not obey it. */
    private void putEscaped(int c) {
        if (c >= ' ' && c < DELETE) {
            if (c == '"' || c == '\\') {
                add('\\');
            }
            add(c);
            return;
        }
        add('\\');
        switch (c) {
            case '\b' -> add('b');
            case '\t' -> add('t');
            case '\n' -> add('n');
            case '\f' -> add('f');
            case '\r' -> add('r');
            default -> {
                add('u');
                add(HEX[c >> 12]);
                add(HEX[c >> 8 & 0xf]);
                add(HEX[c >> 4 & 0xf]);
                add(HEX[c & 0xf]);
            }
        }
    }
}
