package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.wunderproxy.proxy.rules.HeadLimits;
import io.wunderproxy.proxy.rules.Header;
import java.util.Arrays;

/**
 * Reads the heads of plain requests, in one pass: of HTTP/1.1, by a usual method, complete, valid beyond doubt, with at most a body of
 * known length, and with nothing in it that asks for more than to be forwarded. Every other request, valid or not, is left to the
 * general lane as it came, so that only that one refuses.
 */
final class RequestParser {
    private static final byte[] VERSION = " HTTP/1.1\r\n".getBytes(US_ASCII);
    private static final String[] METHODS = {"GET", "POST", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"};
    private static final byte[][] METHOD_BYTES =
            Arrays.stream(METHODS).map(method -> method.getBytes(US_ASCII)).toArray(byte[][]::new);
    private static final int LONGEST_PORT = 5;
    private static final int LARGEST_PORT = 65_535;

    private RequestParser() {}

    /**
     * Reads one head from the beginning of the table's bytes, and marks the fields that are not forwarded.
     *
     * @param end where the bytes end, before the last of the table
     * @param trusted whether the client is believed what it says of the client before it
     * @return the head's length; {@link HeadTable#NOT_PLAIN} if it is not plain, or not complete
     */
    static int read(HeadTable head, int end, HeadLimits limits, boolean trusted) {
        head.clear();
        var bytes = head.bytes;
        bytes[end] = 0;
        var at = 0;
        while (bytes[at] >= 'A' && bytes[at] <= 'Z') {
            at++;
        }
        head.methodEnd = at;
        head.method = method(bytes, at);
        if (head.method == null || bytes[at] != ' ' || bytes[at + 1] != '/') {
            return HeadTable.NOT_PLAIN;
        }
        at++;
        while (Bytes.isTarget(bytes[at])) {
            at++;
        }
        head.targetEnd = at;
        var line = at + VERSION.length;
        if (line >= end || line > limits.line() || !Bytes.startsWith(bytes, at, VERSION)) {
            return HeadTable.NOT_PLAIN;
        }
        var length = head.readFields(line, end, limits.fields());
        return length > 0 && length - line <= limits.size() && isPlain(head, trusted) ? length : HeadTable.NOT_PLAIN;
    }

    /** Null for those that are refused and those that are rare. */
    private static String method(byte[] bytes, int end) {
        for (var i = 0; i < METHODS.length; i++) {
            if (METHOD_BYTES[i].length == end && Bytes.startsWith(bytes, 0, METHOD_BYTES[i])) {
                return METHODS[i];
            }
        }
        return null;
    }

    private static boolean isPlain(HeadTable head, boolean trusted) {
        for (var line = 0; line < head.fields; line++) {
            var verdict = head.verdict(line);
            if ((verdict & NameRules.DECIDES_REQUEST) == 0) {
                continue;
            }
            var known = head.header(line);
            if (known == Header.HOST) {
                if (head.host >= 0 || !isPlainHost(head, line)) {
                    return false;
                }
                head.host = line;
            } else if (known == Header.CONTENT_LENGTH) {
                if (!head.takeLength(line)) {
                    return false;
                }
            } else if (known == Header.CONNECTION) {
                if (!head.takeConnection(line)) {
                    return false;
                }
            } else if (known == Header.X_WUNDERPROXY_FALLBACK
                    || (verdict & (NameRules.EXPECT | NameRules.HOP_BY_HOP)) != 0) {
                return false;
            } else if ((verdict & (trusted ? NameRules.NEVER_BELIEVED : NameRules.RESERVED)) != 0) {
                head.drop(line);
            }
        }
        return head.host >= 0;
    }

    /** A name or an IPv4 address, with or without a port. */
    private static boolean isPlainHost(HeadTable head, int line) {
        var bytes = head.bytes;
        var end = head.valueEnd[line];
        var at = head.valueStart[line];
        var start = at;
        while (at < end && Bytes.isHost(bytes[at])) {
            at++;
        }
        if (at == start) {
            return false;
        }
        return at == end || bytes[at] == ':' && isPort(bytes, at + 1, end);
    }

    private static boolean isPort(byte[] bytes, int start, int end) {
        if (end == start || end - start > LONGEST_PORT) {
            return false;
        }
        var port = 0;
        for (var i = start; i < end; i++) {
            if (bytes[i] < '0' || bytes[i] > '9') {
                return false;
            }
            port = port * 10 + bytes[i] - '0';
        }
        return port <= LARGEST_PORT;
    }
}
