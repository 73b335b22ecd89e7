package io.wunderproxy.proxy.backend;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.wunderproxy.proxy.rules.RequestRules;

/**
 * Compares the length that the head of a request to a backend announces with the body that is written (RFC 9112,
 * section 6; RFC 9113, section 8.1.1). A backend that waits for bytes that never come takes the next request for them,
 * so the connection is not to be used after a {@link Mistake}. Serves one request after the other.
 */
public final class RequestFraming {
    private static final long OPEN_ENDED = -1;

    private long announced;
    private long written;

    /** The proxy was about to write something else than it had announced. */
    public static final class Mistake extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        private Mistake(String what) {
            super("a request to a backend is not framed as announced: " + what);
        }
    }

    /**
     * Begins a request.
     *
     * @param http2 whether it goes out by HTTP/2, where the end of a body shows without an announcement
     * @param hasBody whether anything is to be written after the head, even an empty body
     * @throws Mistake if the head announces no body where one follows, or one where none follows
     */
    void begin(HttpHeaders headers, boolean http2, boolean hasBody) {
        var chunked = headers.contains(HttpHeaderNames.TRANSFER_ENCODING);
        var hasLength = headers.contains(HttpHeaderNames.CONTENT_LENGTH);
        if (chunked && hasLength) {
            throw new Mistake("by length and by chunks");
        }
        if (chunked && !http2) {
            checkChunked(headers);
        }
        written = 0;
        announced = hasLength ? lengthIn(headers) : hasBody ? OPEN_ENDED : 0;
        if (hasBody && !hasLength && !chunked && !http2) {
            throw new Mistake("a body, but neither length nor chunks");
        }
        if (!hasBody && (announced > 0 || chunked)) {
            throw new Mistake("no body after a head that announces one");
        }
    }

    private static void checkChunked(HttpHeaders headers) {
        var codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
        if (codings.size() != 1 || !codings.getFirst().equals("chunked")) {
            throw new Mistake("Transfer-Encoding: " + codings);
        }
    }

    private static long lengthIn(HttpHeaders headers) {
        var lengths = headers.getAll(HttpHeaderNames.CONTENT_LENGTH);
        var length = lengths.getFirst();
        if (lengths.size() != 1 || length.isEmpty() || length.length() > RequestRules.MOST_DIGITS) {
            throw new Mistake("Content-Length: " + lengths);
        }
        var value = 0L;
        for (var i = 0; i < length.length(); i++) {
            var digit = length.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new Mistake("Content-Length: " + lengths);
            }
            value = value * 10 + digit;
        }
        return value;
    }

    /**
     * So many bytes of the body are about to be written.
     *
     * @throws Mistake if that is more than was announced
     */
    void add(int bytes) {
        written += bytes;
        if (announced != OPEN_ENDED && written > announced) {
            throw new Mistake(written + " bytes of " + announced);
        }
    }

    /**
     * The body is about to be ended.
     *
     * @throws Mistake if it is shorter than was announced
     */
    void end() {
        if (announced != OPEN_ENDED && written != announced) {
            throw new Mistake("ends after " + written + " bytes of " + announced);
        }
    }
}
