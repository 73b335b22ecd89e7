package io.wunderproxy.proxy.lean;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.wunderproxy.proxy.rules.Header;

/**
 * Reads the heads of plain responses, in one pass: of HTTP/1.1, final, complete, valid beyond doubt, and with no body, one of known
 * length or one in chunks. Every other response is left to the general lane as it came.
 */
final class ResponseParser {
    private static final byte[] VERSION = "HTTP/1.1 ".getBytes(US_ASCII);
    private static final byte[] NOT_MODIFIED_REASON = "Not Modified".getBytes(US_ASCII);
    private static final int FIRST_FINAL = 200;
    private static final int LAST = 599;
    private static final int NO_CONTENT = 204;
    private static final int NOT_MODIFIED = 304;

    private ResponseParser() {}

    /**
     * Reads one head from the beginning of the table's bytes, and marks the fields that are not forwarded. {@link
     * HeadTable#contentLength} is the length of the body that follows it, 0 if there is none, -1 if it comes in chunks.
     *
     * @param end where the bytes end, before the last of the table
     * @param toHead whether the request was by HEAD, so that no body follows
     * @return the head's length; {@link HeadTable#NOT_PLAIN} if it is not plain, or not complete
     */
    static int read(HeadTable head, int end, boolean toHead) {
        head.clear();
        var bytes = head.bytes;
        bytes[end] = 0;
        // The shortest line is 'HTTP/1.1 200 x' and its end.
        var reason = VERSION.length + 4;
        if (end < reason + 3 || !Bytes.startsWith(bytes, 0, VERSION)) {
            return HeadTable.NOT_PLAIN;
        }
        head.status = status(bytes, VERSION.length);
        if (head.status < FIRST_FINAL || head.status > LAST || bytes[reason - 1] != ' ') {
            return HeadTable.NOT_PLAIN;
        }
        var at = reason;
        while (Bytes.isText(bytes[at])) {
            at++;
        }
        head.reasonStart = reason;
        head.reasonEnd = at;
        if (at == reason || Bytes.isBlank(bytes[reason]) || Bytes.isBlank(bytes[at - 1])) {
            return HeadTable.NOT_PLAIN;
        }
        if (bytes[at] != '\r' || bytes[at + 1] != '\n') {
            return HeadTable.NOT_PLAIN;
        }
        var length = head.readFields(at + 2, end, HeadTable.MOST_FIELDS);
        return length > 0 && isPlain(head, toHead) ? length : HeadTable.NOT_PLAIN;
    }

    private static int status(byte[] bytes, int start) {
        var status = 0;
        for (var i = start; i < start + 3; i++) {
            var digit = bytes[i] - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            status = status * 10 + digit;
        }
        return status;
    }

    private static boolean isPlain(HeadTable head, boolean toHead) {
        if (head.status == NOT_MODIFIED
                && !(head.reasonEnd - head.reasonStart == NOT_MODIFIED_REASON.length
                        && Bytes.startsWith(head.bytes, head.reasonStart, NOT_MODIFIED_REASON))) {
            return false;
        }
        for (var line = 0; line < head.fields; line++) {
            var verdict = head.verdict(line);
            if ((verdict & NameRules.DECIDES_RESPONSE) == 0) {
                continue;
            }
            var known = head.header(line);
            if (known == Header.CONTENT_LENGTH) {
                if (!head.takeLength(line)) {
                    return false;
                }
            } else if (known == Header.TRANSFER_ENCODING) {
                if (!head.takeChunked(line)) {
                    return false;
                }
            } else if (known == Header.CONNECTION) {
                if (!head.takeConnection(line)) {
                    return false;
                }
            } else if ((verdict & NameRules.KEEP_ALIVE) != 0) {
                if (head.keepAlive >= 0) {
                    return false;
                }
                head.keepAlive = line;
                head.drop(line);
            } else {
                head.drop(line);
            }
        }
        var empty = toHead || head.status == NO_CONTENT || head.status == NOT_MODIFIED;
        if (head.status == NO_CONTENT && head.contentLength >= 0) {
            return false;
        }
        if (head.chunked ? empty || head.contentLength >= 0 : !empty && head.contentLength < 0) {
            return false;
        }
        if (empty) {
            head.contentLength = 0;
        }
        return true;
    }
}
