package io.wunderproxy.proxy.rules;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;

/** How connections begin whose sender speaks the PROXY protocol, versions 1 and 2. No request of HTTP and no TLS begins so. */
public final class ProxyProtocolSign {
    private static final byte[] VERSION_1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VERSION_2 = {0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};

    /** The first bytes of a connection. */
    public interface Bytes {
        byte at(int index);
    }

    private ProxyProtocolSign() {}

    /** Whether bytes begin with either. */
    public static boolean begins(Bytes bytes, int length) {
        return begins(bytes, length, VERSION_1) || begins(bytes, length, VERSION_2);
    }

    /** Whether a text that quotes the first bytes of a connection as hexadecimal digits quotes these. */
    public static boolean isQuotedIn(String text) {
        return text != null
                && (text.contains(" " + HexFormat.of().formatHex(VERSION_1))
                        || text.contains(" " + HexFormat.of().formatHex(VERSION_2)));
    }

    private static boolean begins(Bytes bytes, int length, byte[] sign) {
        if (length < sign.length) {
            return false;
        }
        for (var i = 0; i < sign.length; i++) {
            if (bytes.at(i) != sign[i]) {
                return false;
            }
        }
        return true;
    }
}
