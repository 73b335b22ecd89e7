package io.wunderproxy.proxy.rules;

import java.util.List;

/** Rules that a request which could be read must still follow to be forwarded. Knows texts only. */
public final class RequestRules {
    /** A length with more digits is no number of bytes that a body could have. */
    public static final int MOST_DIGITS = 18;

    static final ErrorResponse NO_TRACE = new ErrorResponse(Refusal.METHOD, 405, "TRACE is not allowed", 0);
    static final ErrorResponse NO_CONNECT = new ErrorResponse(Refusal.METHOD, 501, "CONNECT is not supported", 0);
    public static final ErrorResponse BAD_METHOD = ErrorResponse.badRequest("the request's method is not a token");
    static final ErrorResponse BAD_TARGET = ErrorResponse.badRequest("the request's target is not valid");
    public static final ErrorResponse BAD_HOST =
            ErrorResponse.badRequest("the request needs exactly one valid Host header");
    static final ErrorResponse BAD_HEADER = ErrorResponse.badRequest("a header of the request is not valid");
    static final ErrorResponse BAD_LENGTH = ErrorResponse.badRequest("the request's Content-Length is not one number");
    public static final ErrorResponse LINE_TOO_LONG =
            new ErrorResponse(Refusal.HEAD_TOO_LARGE, 414, "the request line is too long", 0);
    public static final ErrorResponse HEAD_TOO_LARGE =
            new ErrorResponse(Refusal.HEAD_TOO_LARGE, 431, "the request's headers are too large", 0);
    static final ErrorResponse BAD_CODING =
            new ErrorResponse(Refusal.MALFORMED, 501, "the only transfer coding that is supported is chunked", 0);

    private RequestRules() {}

    /** Checks the method (RFC 9110, section 9.1); null if it may pass. TRACE would show a client what others add. */
    public static ErrorResponse checkMethod(String method) {
        if (method.equals("TRACE")) {
            return NO_TRACE;
        }
        if (method.equals("CONNECT")) {
            return NO_CONNECT;
        }
        return isToken(method) ? null : BAD_METHOD;
    }

    /** Whether a text may be a method or the name of a header (RFC 9110, section 5.6.2). */
    public static boolean isToken(CharSequence text) {
        for (var i = 0; i < text.length(); i++) {
            if (!isTokenChar(text.charAt(i))) {
                return false;
            }
        }
        return !text.isEmpty();
    }

    /** Whether doing a request twice is as good as once (RFC 9110, section 9.2.2). */
    public static boolean isIdempotent(String method) {
        return switch (method) {
            case "GET", "HEAD", "OPTIONS", "PUT", "DELETE" -> true;
            default -> false;
        };
    }

    /** The name of HTTP's version 10, 11 or 20. */
    public static String versionName(int http) {
        return switch (http) {
            case 10 -> "HTTP/1.0";
            case 11 -> "HTTP/1.1";
            default -> "HTTP/2";
        };
    }

    /**
     * Checks a target in origin, absolute or asterisk form (RFC 9112, section 3.2), of which HTTP/2 has no absolute one (RFC 9113,
     * section 8.3.1); null if it may pass. It has ASCII characters only: others would not be the same bytes when they are
     * forwarded. It has no fragment, which some programs cut off and others take for a part of the path.
     */
    public static ErrorResponse checkTarget(String target, boolean isOptions, boolean http2) {
        for (var i = 0; i < target.length(); i++) {
            var c = target.charAt(i);
            if (c <= ' ' || c >= 0x7f || c == '#') {
                return BAD_TARGET;
            }
        }
        if (target.startsWith("/") || isOptions && target.equals("*")) {
            return null;
        }
        return !http2 && isAbsolute(target) && isWithValidHost(target) ? null : BAD_TARGET;
    }

    /** It takes the place of the Host header. */
    private static boolean isWithValidHost(String url) {
        var authority = authorityOf(url);
        return !authority.isEmpty() && authority.charAt(0) != ':' && checkAuthority(authority) == null;
    }

    /** Whether a target is a whole URL. */
    public static boolean isAbsolute(String target) {
        return target.regionMatches(true, 0, "http://", 0, 7) && target.length() > 7
                || target.regionMatches(true, 0, "https://", 0, 8) && target.length() > 8;
    }

    /** The host and port in a URL. */
    public static String authorityOf(String url) {
        var start = url.indexOf("//") + 2;
        return url.substring(start, endOfAuthority(url, start));
    }

    /**
     * The target that a server is asked for which has this URL: path and query, at least "/". OPTIONS for a URL that has neither is
     * about the server as a whole: "*" (RFC 9112, section 3.2.4).
     */
    public static String targetOf(String url, boolean isOptions) {
        var path = url.substring(endOfAuthority(url, url.indexOf("//") + 2));
        if (path.isEmpty() && isOptions) {
            return "*";
        }
        return path.startsWith("/") ? path : "/" + path;
    }

    private static int endOfAuthority(String url, int start) {
        for (var i = start; i < url.length(); i++) {
            if ("/?#".indexOf(url.charAt(i)) >= 0) {
                return i;
            }
        }
        return url.length();
    }

    /** Checks the transfer codings of a request's body (RFC 9112, section 6.1); null if they may pass. */
    public static ErrorResponse checkTransferEncoding(List<String> codings) {
        return codings.isEmpty() || codings.size() == 1 && codings.getFirst().equalsIgnoreCase("chunked")
                ? null
                : BAD_CODING;
    }

    /**
     * Checks what announces a body's length (RFC 9110, section 8.6); null if it may pass: it is one number, written once. The RFC
     * allows a server to refuse equal ones that are repeated.
     */
    public static ErrorResponse checkContentLength(List<String> lengths) {
        var length = lengths.getFirst();
        if (lengths.size() > 1 || length.isEmpty()) {
            return BAD_LENGTH;
        }
        for (var i = 0; i < length.length(); i++) {
            if (length.charAt(i) < '0' || length.charAt(i) > '9') {
                return BAD_LENGTH;
            }
        }
        return length.length() <= MOST_DIGITS ? null : ErrorResponse.BODY_TOO_LARGE;
    }

    /** Checks the Host headers (RFC 9112, section 3.2); null if they may pass. */
    public static ErrorResponse checkHost(List<String> hosts, boolean required) {
        if (hosts.isEmpty()) {
            return required ? BAD_HOST : null;
        }
        if (hosts.size() > 1) {
            return BAD_HOST;
        }
        return checkAuthority(hosts.getFirst());
    }

    /** Checks the host and port that a request is for; null if they may pass. */
    public static ErrorResponse checkAuthority(String authority) {
        for (var i = 0; i < authority.length(); i++) {
            if (!isHostChar(authority.charAt(i))) {
                return BAD_HOST;
            }
        }
        return Authority.isValid(authority) ? null : BAD_HOST;
    }

    /**
     * Checks a header that did not come as a line of text; null if it may become one (RFC 9110, section 5). Spaces around its value
     * would be none of it then (RFC 9113, section 8.2.1).
     */
    public static ErrorResponse checkHeader(String name, String value) {
        if (!isToken(name)) {
            return BAD_HEADER;
        }
        for (var i = 0; i < value.length(); i++) {
            var c = value.charAt(i);
            if (c < ' ' && c != '\t' || c == 0x7f) {
                return BAD_HEADER;
            }
        }
        var last = value.length() - 1;
        return last >= 0 && (isBlank(value.charAt(0)) || isBlank(value.charAt(last))) ? BAD_HEADER : null;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }

    private static boolean isHostChar(char c) {
        return c > ' ' && c < 0x7f && "/?#@\\,\"<>^`{|}".indexOf(c) < 0;
    }

    private static boolean isTokenChar(char c) {
        return c >= 'a' && c <= 'z'
                || c >= 'A' && c <= 'Z'
                || c >= '0' && c <= '9'
                || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
    }
}
