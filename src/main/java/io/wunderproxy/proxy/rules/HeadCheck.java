package io.wunderproxy.proxy.rules;

import java.util.Map;

/** Checks whether the head of a request that could be read may be forwarded: the one place that asks all rules, in one order. */
public final class HeadCheck {
    private static final int HTTP_1_1 = 11;
    private static final String OPTIONS = "OPTIONS";

    private HeadCheck() {}

    /**
     * Checks a head that came as lines of text.
     *
     * @param http its version, 10 or 11
     * @return the response to the client; null if the request may be forwarded
     */
    public static ErrorResponse http1(String method, String target, int http, Fields fields) {
        var refusal = begin(method, target, false, fields);
        if (refusal == null && fields.has(Header.TRANSFER_ENCODING)) {
            refusal = RequestRules.checkTransferEncoding(fields.all(Header.TRANSFER_ENCODING));
        }
        return refusal == null ? RequestRules.checkHost(fields.all(Header.HOST), http == HTTP_1_1) : refusal;
    }

    /**
     * Checks a head of HTTP/2, which can carry in a field what would be several lines of HTTP/1.1.
     *
     * @param fields the headers by their names
     * @param lines the same headers, one after the other
     * @param hasAuthority whether it says which host it is for
     * @return the response to the client; null if the request may be forwarded
     */
    public static ErrorResponse http2(
            String method,
            String target,
            Fields fields,
            Iterable<Map.Entry<String, String>> lines,
            boolean hasAuthority,
            HeadLimits limits) {
        var refusal = begin(method, target, true, fields);
        if (refusal == null && target.length() > limits.line()) {
            refusal = RequestRules.LINE_TOO_LONG;
        }
        if (refusal == null) {
            refusal = checkLines(lines, limits);
        }
        return refusal == null && !hasAuthority ? RequestRules.BAD_HOST : refusal;
    }

    private static ErrorResponse begin(String method, String target, boolean http2, Fields fields) {
        var refusal = RequestRules.checkMethod(method);
        if (refusal == null) {
            refusal = RequestRules.checkTarget(target, method.equals(OPTIONS), http2);
        }
        return refusal == null && fields.has(Header.CONTENT_LENGTH)
                ? RequestRules.checkContentLength(fields.all(Header.CONTENT_LENGTH))
                : refusal;
    }

    private static ErrorResponse checkLines(Iterable<Map.Entry<String, String>> lines, HeadLimits limits) {
        var headers = 0;
        var cookies = 0;
        for (var line : lines) {
            var refusal = RequestRules.checkHeader(line.getKey(), line.getValue());
            if (refusal != null) {
                return refusal;
            }
            // Browsers send each cookie for itself, which becomes one line again.
            if (line.getKey().equals("cookie") && cookies++ > 0) {
                continue;
            }
            if (++headers > limits.fields()) {
                return RequestRules.HEAD_TOO_LARGE;
            }
        }
        return null;
    }
}
