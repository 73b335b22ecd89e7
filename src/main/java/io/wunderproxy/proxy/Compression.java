package io.wunderproxy.proxy;

import java.util.Locale;
import java.util.Set;

/** Decides whether an answer is compressed, and what its headers say about that (RFC 9110, section 8.4). Texts only. */
final class Compression {
    /** Below this many bytes the effort is not worth it. */
    private static final long SMALLEST = 1024;

    private static final Set<String> TYPES = Set.of(
            "application/javascript",
            "application/json",
            "application/manifest+json",
            "application/wasm",
            "application/xml",
            "application/rss+xml",
            "application/atom+xml",
            "application/xhtml+xml",
            "application/ld+json",
            "application/problem+json",
            "image/svg+xml",
            "font/ttf",
            "font/otf");

    private Compression() {}

    /** Whether an {@code Accept-Encoding} allows gzip: named or by {@code *}, and not with a weight of 0. */
    static boolean acceptsGzip(String acceptEncoding) {
        if (acceptEncoding == null) {
            return false;
        }
        var any = false;
        for (var item : acceptEncoding.toLowerCase(Locale.ROOT).split(",")) {
            var parameters = item.split(";");
            var coding = parameters[0].strip();
            if (coding.equals("gzip") || coding.equals("x-gzip")) {
                return isWanted(parameters);
            }
            any |= coding.equals("*") && isWanted(parameters);
        }
        return any;
    }

    private static boolean isWanted(String[] parameters) {
        for (var i = 1; i < parameters.length; i++) {
            if (parameters[i].strip().matches("q=0(\\.0*)?")) {
                return false;
            }
        }
        return true;
    }

    /** Whether a content type is worth compressing: text, and what is text by another name. */
    static boolean isCompressible(String contentType) {
        if (contentType == null) {
            return false;
        }
        var end = contentType.indexOf(';');
        var type =
                (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return type.startsWith("text/") || TYPES.contains(type);
    }

    /**
     * Whether the rest of an answer's head lets its body be compressed.
     *
     * @param length of the body, -1 if not known
     * @param contentEncoding null if there is none: nothing is compressed twice
     */
    static boolean isAllowed(int status, long length, String contentEncoding, String cacheControl) {
        return status >= 200
                && status != 204
                && status != 206
                && status != 304
                && (length < 0 || length >= SMALLEST)
                && contentEncoding == null
                && (cacheControl == null || !HopByHopHeaders.hasToken(cacheControl, "no-transform"));
    }

    /** The value of {@code Vary} for an answer that depends on {@code Accept-Encoding}. */
    static String vary(String received) {
        if (received == null || received.isBlank()) {
            return "Accept-Encoding";
        }
        return HopByHopHeaders.hasToken(received, "accept-encoding") || HopByHopHeaders.hasToken(received, "*")
                ? received
                : received + ", Accept-Encoding";
    }

    /** A strong validator says that every byte is the same, which is no longer true (RFC 9110, section 8.8.1). */
    static String weaken(String etag) {
        return etag.startsWith("W/") ? etag : "W/" + etag;
    }
}
