package io.wunderproxy.proxy.rules;

import java.time.Duration;
import java.util.Locale;

/**
 * Decides on the headers of one response on their way to the client. It is made from the headers that the backend sent and says of each
 * header whether it is forwarded.
 */
public final class ResponseHeaderPlan {
    /** Has no body, and says of no length, not even 0 (RFC 9110, section 8.6). */
    public static final int NO_CONTENT = 204;

    private static final int FIRST_FINAL = 200;
    private static final int NOT_MODIFIED = 304;

    private final boolean lengthPasses;
    private final String connection;
    private final boolean namesOthers;

    /**
     * @param chunked whether the body comes in chunks, so that a length is none
     * @param connection the combined value of {@code Connection}; null if there is none
     */
    public ResponseHeaderPlan(int status, boolean chunked, String connection) {
        lengthPasses = status >= FIRST_FINAL && status != NO_CONTENT && !chunked;
        this.connection = connection == null ? "" : connection;
        namesOthers = HopByHopHeaders.namesOthers(this.connection);
    }

    /**
     * Whether the backend's header of this name is forwarded.
     *
     * @throws IllegalArgumentException if the name is empty (RFC 9110, section 5.1)
     */
    public boolean passes(CharSequence name) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("a header has no name");
        }
        return !HopByHopHeaders.isHopByHop(name)
                && (!namesOthers || !HopByHopHeaders.isNamedBy(connection, name))
                && (lengthPasses || !Header.CONTENT_LENGTH.is(name));
    }

    /**
     * Whether the settings of a revision may set or remove the header of this name: any but those that concern the connection, and
     * those that say where the body ends and how it is to be read.
     */
    public static boolean mayChange(String name) {
        return !HopByHopHeaders.isHopByHop(name)
                && switch (name.toLowerCase(Locale.ROOT)) {
                    case "content-length", "content-encoding", "content-range", "trailer" -> false;
                    default -> true;
                };
    }

    /** Tells browsers to come through TLS only (RFC 6797), unless the backend has said so or {@code maxAge} is zero. */
    public static void addHsts(Fields response, Duration maxAge) {
        if (!maxAge.isZero() && !response.has(Header.STRICT_TRANSPORT_SECURITY)) {
            response.set(Header.STRICT_TRANSPORT_SECURITY, hsts(maxAge));
        }
    }

    /** The value of {@code Strict-Transport-Security} for this time. */
    public static String hsts(Duration maxAge) {
        return "max-age=" + maxAge.toSeconds();
    }

    /**
     * Announces a compressed body if the client and the response allow it, to HEAD as to GET, and in a 304 tells the validator of the
     * response that the client has. {@code Vary} shows the choice to the caches in between in any case.
     *
     * @param asked the request's headers
     * @param http the client's version: one of HTTP/1.0 gets nothing compressed
     * @param largestWhole the longest body that can be compressed as a whole
     * @param validators the request's {@code If-None-Match}, if it names a compressed response; else null
     * @return null if the body stays as it is
     */
    public static Coding compress(
            Fields response,
            int status,
            Fields asked,
            int http,
            CompressionOptions options,
            long largestWhole,
            String validators) {
        if (status == NOT_MODIFIED) {
            if (validators != null) {
                tellKnownValidator(response, asked, options, validators);
            }
            return null;
        }
        if (!Compression.isCompressible(response.get(Header.CONTENT_TYPE))) {
            return null;
        }
        response.set(Header.VARY, Compression.vary(response.combined(Header.VARY)));
        var announced = response.get(Header.CONTENT_LENGTH);
        var length = announced == null ? -1 : Long.parseLong(announced);
        if (http < 11
                || !Compression.isAllowed(
                        status,
                        length,
                        options.minimum(),
                        response.get(Header.CONTENT_ENCODING),
                        response.combined(Header.CACHE_CONTROL))) {
            return null;
        }
        var coding = Compression.choose(
                options.codings(), asked.combined(Header.ACCEPT_ENCODING), length >= 0 && length <= largestWhole);
        if (coding != null) {
            announce(response, coding);
        }
        return coding;
    }

    private static void announce(Fields response, Coding coding) {
        response.set(Header.CONTENT_ENCODING, coding.name().toLowerCase(Locale.ROOT));
        response.remove(Header.CONTENT_LENGTH);
        response.remove(Header.ACCEPT_RANGES);
        // They are about the bytes as the backend sent them.
        response.remove(Header.CONTENT_DIGEST);
        response.remove(Header.REPR_DIGEST);
        response.remove(Header.DIGEST);
        response.remove(Header.CONTENT_MD5);
        var etag = response.get(Header.ETAG);
        if (etag != null) {
            response.set(Header.ETAG, Compression.mark(etag, coding));
        }
    }

    private static void tellKnownValidator(
            Fields response, Fields asked, CompressionOptions options, String validators) {
        var etag = response.get(Header.ETAG);
        if (etag == null) {
            return;
        }
        var liked = Compression.choose(options.codings(), asked.combined(Header.ACCEPT_ENCODING), true);
        var known = Compression.known(etag, validators, liked);
        if (!known.equals(etag)) {
            response.set(Header.ETAG, known);
            response.set(Header.VARY, Compression.vary(response.combined(Header.VARY)));
        }
    }
}
