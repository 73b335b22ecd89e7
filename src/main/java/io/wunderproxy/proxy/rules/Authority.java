package io.wunderproxy.proxy.rules;

/** The host and port that a request is for (RFC 3986, section 3.2). */
final class Authority {
    private static final int LARGEST_PORT = 65_535;

    private Authority() {}

    /**
     * Whether it is a name, an IPv4 address or an address in brackets, all of which may be followed by a colon and a port. The name
     * may be empty, so may the port; what stands in brackets is not looked at.
     */
    static boolean isValid(String authority) {
        var end = authority.startsWith("[") ? authority.indexOf(']', 2) + 1 : endOfName(authority);
        return end == authority.length() || authority.charAt(end) == ':' && isPort(authority, end + 1);
    }

    private static int endOfName(String text) {
        var at = 0;
        while (at < text.length()) {
            var c = text.charAt(at);
            if (isLetterOrDigit(c) || "-._~!$&'()*+,;=".indexOf(c) >= 0) {
                at++;
            } else if (c == '%' && at + 2 < text.length() && isHex(text.charAt(at + 1)) && isHex(text.charAt(at + 2))) {
                at += 3;
            } else {
                break;
            }
        }
        return at;
    }

    private static boolean isPort(String text, int start) {
        var port = 0;
        for (var i = start; i < text.length(); i++) {
            var c = text.charAt(i);
            if (c < '0' || c > '9') {
                return false;
            }
            port = port * 10 + c - '0';
            if (port > LARGEST_PORT) {
                return false;
            }
        }
        return true;
    }

    private static boolean isLetterOrDigit(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
    }

    private static boolean isHex(char c) {
        return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F';
    }
}
