package io.wunderproxy.proxy.rules;

import java.util.Arrays;

/** IP addresses as texts; asks no name service. */
final class IpAddress {
    private static final int GROUPS = 8;

    private IpAddress() {}

    /**
     * The 4 or 16 bytes of an address in dotted decimal or in one of the forms of RFC 4291, section 2.2, which may be in brackets and
     * have a zone such as {@code %eth0}; null if it is neither.
     */
    static byte[] parse(String text) {
        if (text.indexOf(':') >= 0) {
            var bare = text.startsWith("[") && text.endsWith("]") ? text.substring(1, text.length() - 1) : text;
            var zone = bare.indexOf('%');
            return parseV6(zone < 0 ? bare : bare.substring(0, zone));
        }
        var bytes = new byte[4];
        return parseV4(text, 0, bytes, 0) ? bytes : null;
    }

    /** Reads four numbers, which may begin with zeros, up to the end of the text. */
    private static boolean parseV4(String text, int start, byte[] bytes, int offset) {
        var at = start;
        for (var i = 0; i < 4; i++) {
            if (i > 0 && (at >= text.length() || text.charAt(at++) != '.')) {
                return false;
            }
            var first = at;
            var number = 0;
            while (at < text.length() && text.charAt(at) >= '0' && text.charAt(at) <= '9') {
                number = number * 10 + text.charAt(at++) - '0';
                if (at - first > 3 || number > 255) {
                    return false;
                }
            }
            if (at == first) {
                return false;
            }
            bytes[offset + i] = (byte) number;
        }
        return at == text.length();
    }

    private static byte[] parseV6(String text) {
        var bytes = new byte[2 * GROUPS];
        var groups = 0;
        var gap = -1;
        var at = 0;
        while (at < text.length()) {
            if (text.startsWith("::", at)) {
                if (gap >= 0) {
                    return null;
                }
                gap = groups;
                at += 2;
                if (at == text.length()) {
                    break;
                }
            } else if (groups > 0) {
                if (text.charAt(at++) != ':') {
                    return null;
                }
            }
            if (groups <= GROUPS - 2 && text.indexOf(':', at) < 0 && text.indexOf('.', at) > 0) {
                if (!parseV4(text, at, bytes, 2 * groups)) {
                    return null;
                }
                groups += 2;
                break;
            }
            var end = at;
            while (end < text.length() && Character.digit(text.charAt(end), 16) >= 0 && text.charAt(end) < 0x80) {
                end++;
            }
            if (groups == GROUPS || end == at || end - at > 4) {
                return null;
            }
            var group = Integer.parseInt(text, at, end, 16);
            bytes[2 * groups] = (byte) (group >> 8);
            bytes[2 * groups + 1] = (byte) group;
            groups++;
            at = end;
        }
        if (gap < 0) {
            return groups == GROUPS ? bytes : null;
        }
        return groups < GROUPS ? spread(bytes, gap, groups) : null;
    }

    /** Puts zeros where two colons stood. */
    private static byte[] spread(byte[] bytes, int gap, int groups) {
        var behind = Arrays.copyOfRange(bytes, 2 * gap, 2 * groups);
        Arrays.fill(bytes, 2 * gap, bytes.length, (byte) 0);
        System.arraycopy(behind, 0, bytes, bytes.length - behind.length, behind.length);
        return bytes;
    }
}
