package io.wunderproxy.proxy.rules;

import java.util.Arrays;

/**
 * The headers that the proxy reads or writes itself, each name written once. All others are the application's affair. Whoever keeps
 * the headers of a message finds the name's number in here, as characters or as bytes, and looks at the number from then on.
 */
public enum Header {
    ACCEPT_ENCODING("accept-encoding"),
    ACCEPT_RANGES("accept-ranges"),
    AUTHORIZATION("authorization"),
    CACHE_CONTROL("cache-control"),
    CONNECTION("connection"),
    CONTENT_DIGEST("Content-Digest"),
    CONTENT_ENCODING("content-encoding"),
    CONTENT_LENGTH("content-length"),
    CONTENT_MD5("content-md5"),
    CONTENT_TYPE("content-type"),
    DIGEST("Digest"),
    ETAG("etag"),
    FORWARDED("Forwarded"),
    HOST("host"),
    IF_MATCH("if-match"),
    IF_NONE_MATCH("if-none-match"),
    IF_RANGE("if-range"),
    LOCATION("location"),
    RANGE("range"),
    REPR_DIGEST("Repr-Digest"),
    RETRY_AFTER("retry-after"),
    STRICT_TRANSPORT_SECURITY("Strict-Transport-Security"),
    TE("te"),
    TRANSFER_ENCODING("transfer-encoding"),
    UPGRADE("upgrade"),
    VARY("vary"),
    WWW_AUTHENTICATE("www-authenticate"),
    X_FORWARDED_FOR("X-Forwarded-For"),
    X_FORWARDED_HOST("X-Forwarded-Host"),
    X_FORWARDED_PORT("X-Forwarded-Port"),
    X_FORWARDED_PROTO("X-Forwarded-Proto"),
    X_REAL_IP("X-Real-IP"),
    X_REQUEST_ID("X-Request-Id"),
    X_REQUEST_START("X-Request-Start"),
    /** Marks a request that another instance sent on. */
    X_WUNDERPROXY_FALLBACK("X-Wunderproxy-Fallback");

    private static final Header[] NONE = {};

    /** Few have the same length, so that a name is compared with one or two. */
    private static final Header[][] BY_LENGTH = byLength();

    private final String text;

    Header(String text) {
        this.text = text;
    }

    private static Header[][] byLength() {
        var longest = Arrays.stream(values())
                .mapToInt(header -> header.text.length())
                .max()
                .orElse(0);
        var byLength = new Header[longest + 1][];
        for (var length = 0; length <= longest; length++) {
            var wanted = length;
            byLength[length] = Arrays.stream(values())
                    .filter(header -> header.text.length() == wanted)
                    .toArray(Header[]::new);
        }
        return byLength;
    }

    private static Header[] ofLength(int length) {
        return length >= 0 && length < BY_LENGTH.length ? BY_LENGTH[length] : NONE;
    }

    /** The name as the proxy writes it. */
    public String text() {
        return text;
    }

    /** The header of this name in whatever case; null if the proxy doesn't know it. */
    public static Header of(CharSequence name) {
        for (var header : ofLength(name.length())) {
            if (header.is(name)) {
                return header;
            }
        }
        return null;
    }

    /** The header whose name is in these bytes; null if the proxy doesn't know it. */
    public static Header of(byte[] bytes, int start, int end) {
        for (var header : ofLength(end - start)) {
            if (header.is(bytes, start)) {
                return header;
            }
        }
        return null;
    }

    /** Whether this is its name, in whatever case. */
    public boolean is(CharSequence name) {
        if (name.length() != text.length()) {
            return false;
        }
        for (var i = 0; i < text.length(); i++) {
            if (!isSame(text.charAt(i), name.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private boolean is(byte[] bytes, int start) {
        for (var i = 0; i < text.length(); i++) {
            if (!isSame(text.charAt(i), (char) (bytes[start + i] & 0xff))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isSame(char own, char other) {
        return own == other || (own | 0x20) == (other | 0x20) && (own | 0x20) >= 'a' && (own | 0x20) <= 'z';
    }
}
