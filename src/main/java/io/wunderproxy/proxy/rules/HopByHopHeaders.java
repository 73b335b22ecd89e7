package io.wunderproxy.proxy.rules;

import java.util.List;

/**
 * Headers that concern one connection only and are never forwarded (RFC 9110, section 7.6.1): a fixed set, and those
 * that the {@code Connection} header names.
 */
public final class HopByHopHeaders {
    private HopByHopHeaders() {}

    /**
     * Whether a header of this name is never forwarded. {@code Transfer-Encoding} is one of them, since each connection
     * frames its messages for itself; {@code Trailer} is not, since trailers are forwarded.
     */
    public static boolean isHopByHop(CharSequence name) {
        return switch (name.length()) {
            case 2 -> same(name, "te");
            case 7 -> same(name, "upgrade");
            case 10 -> same(name, "connection") || same(name, "keep-alive");
            case 14 -> same(name, "http2-settings");
            case 16 -> same(name, "proxy-connection");
            case 17 -> same(name, "transfer-encoding");
            case 18 -> same(name, "proxy-authenticate");
            case 19 -> same(name, "proxy-authorization");
            default -> false;
        };
    }

    /**
     * Whether a {@code Connection} header may remove a header of this name. The sender can't take away what the next
     * hop needs to find the end of a message or the application that it is for.
     */
    public static boolean isRemovable(CharSequence name) {
        return switch (name.length()) {
            case 4 -> !same(name, "host");
            case 14 -> !same(name, "content-length");
            default -> true;
        };
    }

    /**
     * Whether a field of this name may come behind a body: neither what frames a message nor what tells where it goes
     * and where it comes from (RFC 9110, section 6.5.1), since it would replace what this proxy says.
     */
    public static boolean isTrailer(CharSequence name) {
        return !isHopByHop(name)
                && isRemovable(name)
                && switch (name.length()) {
                    case 7 -> !same(name, "trailer");
                    case 9 -> !same(name, "forwarded");
                    case 12 -> !same(name, "x-request-id");
                    case 13 -> !same(name, "authorization");
                    case 15 -> !same(name, "x-forwarded-for") && !same(name, "x-request-start");
                    case 16 -> !same(name, "x-forwarded-host");
                    case 17 -> !same(name, "x-forwarded-proto");
                    case 22 -> !same(name, "x-wunderproxy-fallback");
                    default -> name.length() > 0 && name.charAt(0) != ':';
                };
    }

    /**
     * Whether the combined value of {@code Connection} says that the header of this name is for its receiver alone, and may say so.
     */
    public static boolean isNamedBy(CharSequence connectionHeader, CharSequence name) {
        return isRemovable(name) && hasToken(connectionHeader, name);
    }

    /** Whether a comma-separated list, such as the value of {@code Connection}, has this token, in whatever case. */
    public static boolean hasToken(CharSequence list, CharSequence token) {
        var length = list.length();
        var start = 0;
        while (start < length) {
            var end = start;
            while (end < length && list.charAt(end) != ',') {
                end++;
            }
            if (tokenIs(list, start, end, token)) {
                return true;
            }
            start = end + 1;
        }
        return false;
    }

    /** Whether one of these values of {@code Upgrade} names HTTP itself, such as {@code h2c}. */
    public static boolean namesHttp(List<String> upgrades) {
        for (var list : upgrades) {
            for (var protocol : list.split(",")) {
                var name = protocol.strip();
                if (name.regionMatches(true, 0, "h2", 0, 2) || name.regionMatches(true, 0, "http", 0, 4)) {
                    return true;
                }
            }
        }
        return false;
    }

    /** Whether the list has any token besides {@code close}, {@code keep-alive} and {@code upgrade}. */
    public static boolean namesOthers(CharSequence list) {
        return !same(list, "keep-alive") && !same(list, "close") && !same(list, "upgrade") && !list.isEmpty();
    }

    private static boolean tokenIs(CharSequence list, int start, int end, CharSequence token) {
        while (start < end && isBlank(list.charAt(start))) {
            start++;
        }
        while (end > start && isBlank(list.charAt(end - 1))) {
            end--;
        }
        return end - start == token.length() && regionSame(list, start, token);
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean same(CharSequence text, CharSequence other) {
        return text.length() == other.length() && regionSame(text, 0, other);
    }

    private static boolean regionSame(CharSequence text, int start, CharSequence other) {
        for (var i = 0; i < other.length(); i++) {
            if (lowerCase(text.charAt(start + i)) != lowerCase(other.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static char lowerCase(char c) {
        return c >= 'A' && c <= 'Z' ? (char) (c | 0x20) : c;
    }
}
