package io.wunderproxy.proxy.lean;

import io.wunderproxy.proxy.rules.Header;
import java.nio.charset.StandardCharsets;

/**
 * The head of one message: its bytes, and where its parts are. It never grows: a head that does not fit is one for the general lane.
 * Each event loop uses the same tables for one message after the other.
 */
final class HeadTable {
    /** Room for a head, and one byte behind it. */
    static final int ROOM = 16 * 1024;

    static final int MOST_FIELDS = 128;

    /** Tells that a head is not plain, or not complete. */
    static final int NOT_PLAIN = -1;

    private static final byte[] KEEP_ALIVE = "keep-alive".getBytes(StandardCharsets.US_ASCII);

    /** Digits of a length that no sum of lengths can make too large for a number. */
    private static final int LONGEST_LENGTH = 15;

    private static final byte[] CHUNKED = "chunked".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] CLOSE = "close".getBytes(StandardCharsets.US_ASCII);
    private static final Header[] KNOWN = Header.values();

    final byte[] bytes = new byte[ROOM];
    private final NameRules names;

    /** The first line: method and target of a request, the reason phrase of a response. */
    String method;

    int methodEnd;
    int targetEnd;
    int status;
    int reasonStart;
    int reasonEnd;

    int fields;
    final int[] nameStart = new int[MOST_FIELDS];
    final int[] nameEnd = new int[MOST_FIELDS];
    final int[] valueStart = new int[MOST_FIELDS];
    final int[] valueEnd = new int[MOST_FIELDS];
    /** The verdict on each name. */
    private final int[] verdicts = new int[MOST_FIELDS];
    /** Whether each field stays behind. */
    private final boolean[] dropped = new boolean[MOST_FIELDS];

    /** The line of {@code Host}, {@code Keep-Alive}; -1 if there is none. */
    int host;

    int keepAlive;
    /** The announced length of the body; -1 if there is none. */
    long contentLength;

    /** Whether the body comes in chunks. */
    boolean chunked;

    /** Whether the sender closes the connection after this message. */
    boolean closes;

    private boolean saysConnection;

    HeadTable(NameRules names) {
        this.names = names;
    }

    void clear() {
        fields = 0;
        host = -1;
        keepAlive = -1;
        contentLength = -1;
        chunked = false;
        closes = false;
        saysConnection = false;
    }

    /**
     * Reads the lines behind the first one, each checked (RFC 9112, section 5).
     *
     * @param start where they begin
     * @param end where the bytes end; a byte of the table must follow
     * @param most how many there may be
     * @return where the head ends; {@link #NOT_PLAIN} if it does not, or is not plain
     */
    int readFields(int start, int end, int most) {
        bytes[end] = 0;
        var at = start;
        while (bytes[at] != '\r') {
            if (fields == Math.min(most, MOST_FIELDS)) {
                return NOT_PLAIN;
            }
            nameStart[fields] = at;
            var hash = 0;
            while (Bytes.isToken(bytes[at])) {
                hash = hash * 31 + bytes[at++];
            }
            if (bytes[at] != ':' || at == nameStart[fields]) {
                return NOT_PLAIN;
            }
            nameEnd[fields] = at++;
            while (Bytes.isBlank(bytes[at])) {
                at++;
            }
            valueStart[fields] = at;
            while (Bytes.isText(bytes[at])) {
                at++;
            }
            if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
                return NOT_PLAIN;
            }
            var last = at;
            while (last > valueStart[fields] && Bytes.isBlank(bytes[last - 1])) {
                last--;
            }
            valueEnd[fields] = last;
            at += 2;
            verdicts[fields] = names.verdict(bytes, nameStart[fields], nameEnd[fields], hash);
            dropped[fields] = false;
            fields++;
        }
        return bytes[at + 1] == '\n' ? at + 2 : NOT_PLAIN;
    }

    boolean has(Header header) {
        return find(header) >= 0;
    }

    /** The value of the first header of this name; null if there is none. */
    String value(Header header) {
        var line = find(header);
        return line < 0 ? null : value(line);
    }

    private int find(Header header) {
        for (var line = 0; line < fields; line++) {
            if ((verdicts[line] & NameRules.NUMBER) == header.ordinal() + 1) {
                return line;
            }
        }
        return -1;
    }

    /** The header of a line; null if the proxy does not know it. */
    Header header(int line) {
        var number = verdicts[line] & NameRules.NUMBER;
        return number == 0 ? null : KNOWN[number - 1];
    }

    /** The verdict of {@link NameRules} on the name of a line. */
    int verdict(int line) {
        return verdicts[line];
    }

    String value(int line) {
        return text(valueStart[line], valueEnd[line]);
    }

    /** Whether a line is written as this proxy would: with one space before the value, and none behind it. */
    boolean isUsual(int line) {
        return valueStart[line] == nameEnd[line] + 2
                && bytes[nameEnd[line] + 1] == ' '
                && bytes[valueEnd[line]] == '\r';
    }

    void drop(int line) {
        dropped[line] = true;
    }

    boolean isDropped(int line) {
        return dropped[line];
    }

    private boolean valueIs(int line, byte[] lowerCase) {
        return Bytes.same(bytes, valueStart[line], valueEnd[line], lowerCase);
    }

    /** Takes the announced length from a line; false if it is not plain, or was announced before. */
    boolean takeLength(int line) {
        if (contentLength >= 0) {
            return false;
        }
        contentLength = length(line);
        return contentLength >= 0;
    }

    /** Takes from a line that the body comes in chunks, and drops it; false if that is not all that it says, or was said before. */
    boolean takeChunked(int line) {
        if (chunked) {
            return false;
        }
        drop(line);
        chunked = valueIs(line, CHUNKED);
        return chunked;
    }

    /** Takes from a line whether the sender closes the connection, and drops it; false if that is not all that it says. */
    boolean takeConnection(int line) {
        if (saysConnection) {
            return false;
        }
        saysConnection = true;
        drop(line);
        closes = valueIs(line, CLOSE);
        return closes || valueIs(line, KEEP_ALIVE);
    }

    /**
     * The value of a line as a length in the usual spelling: digits, and no zero before others.
     *
     * @return -1 if it is not such a one
     */
    private long length(int line) {
        var start = valueStart[line];
        var digits = valueEnd[line] - start;
        if (digits < 1 || digits > LONGEST_LENGTH || digits > 1 && bytes[start] == '0') {
            return -1;
        }
        var number = 0L;
        for (var i = start; i < valueEnd[line]; i++) {
            var digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }

    String text(int start, int end) {
        return new String(bytes, start, end - start, StandardCharsets.ISO_8859_1);
    }
}
