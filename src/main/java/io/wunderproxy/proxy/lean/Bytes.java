package io.wunderproxy.proxy.lean;

/** Classes of the bytes in a head (RFC 9110, section 5.6). */
final class Bytes {
    private static final byte TOKEN = 1;
    private static final byte TEXT = 2;
    private static final byte TARGET = 4;
    private static final byte HOST = 8;
    private static final byte[] CLASSES = classes();

    private Bytes() {}

    private static byte[] classes() {
        var classes = new byte[256];
        for (var c = 0x20; c < 0x7f; c++) {
            var isLetterOrDigit = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
            classes[c] |= TEXT;
            if (isLetterOrDigit || "!#$%&'*+-.^_`|~".indexOf(c) >= 0) {
                classes[c] |= TOKEN;
            }
            if (c > ' ' && c != '#') {
                classes[c] |= TARGET;
            }
            if (isLetterOrDigit || c == '.' || c == '-') {
                classes[c] |= HOST;
            }
        }
        classes['\t'] |= TEXT;
        return classes;
    }

    static boolean isToken(byte b) {
        return (CLASSES[b & 0xff] & TOKEN) != 0;
    }

    /** Whether it may be in the value of a header. Bytes beyond ASCII are left to the general lane. */
    static boolean isText(byte b) {
        return (CLASSES[b & 0xff] & TEXT) != 0;
    }

    static boolean isTarget(byte b) {
        return (CLASSES[b & 0xff] & TARGET) != 0;
    }

    /** Whether it may be in a name or IPv4 address of a host as usual. */
    static boolean isHost(byte b) {
        return (CLASSES[b & 0xff] & HOST) != 0;
    }

    static boolean isBlank(byte b) {
        return b == ' ' || b == '\t';
    }

    /** Whether the bytes are these, in whatever case. */
    static boolean same(byte[] bytes, int start, int end, byte[] lowerCase) {
        if (end - start != lowerCase.length) {
            return false;
        }
        for (var i = 0; i < lowerCase.length; i++) {
            var b = bytes[start + i];
            if ((b >= 'A' && b <= 'Z' ? b | 0x20 : b) != lowerCase[i]) {
                return false;
            }
        }
        return true;
    }

    /** Whether exactly these bytes are there. */
    static boolean startsWith(byte[] bytes, int start, byte[] exact) {
        for (var i = 0; i < exact.length; i++) {
            if (bytes[start + i] != exact[i]) {
                return false;
            }
        }
        return true;
    }
}
