package io.wunderproxy.proxy;

import io.wunderproxy.proxy.ProxyOptions.Coding;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Decides whether an answer is compressed, and what its headers say about that (RFC 9110, section 8.4). Texts only. */
final class Compression {
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

    /**
     * Chooses the coding that a client likes best, and among those that it likes alike the one that comes first.
     *
     * @param offered the codings to choose from
     * @param acceptEncoding the client's header; null if it has none, which accepts nothing
     * @param whole whether the body may be compressed as a whole, which zstd needs; gzip goes part by part
     * @return null for no coding
     */
    static Coding choose(List<Coding> offered, String acceptEncoding, boolean whole) {
        if (acceptEncoding == null) {
            return null;
        }
        var accepted = acceptEncoding.toLowerCase(Locale.ROOT).split(",");
        Coding best = null;
        var bestWeight = 0.0;
        for (var coding : offered) {
            var weight = coding == Coding.ZSTD && !whole ? 0 : weightOf(coding, accepted);
            if (weight > bestWeight) {
                best = coding;
                bestWeight = weight;
            }
        }
        return best;
    }

    /** The weight of a coding, named or by {@code *}: 0 to 1, 0 if it is not accepted (RFC 9110, section 12.5.3). */
    private static double weightOf(Coding coding, String[] accepted) {
        var name = coding.name().toLowerCase(Locale.ROOT);
        var any = 0.0;
        for (var item : accepted) {
            var parameters = item.split(";");
            var token = parameters[0].strip();
            if (token.equals(name) || coding == Coding.GZIP && token.equals("x-gzip")) {
                return weightIn(parameters);
            }
            if (token.equals("*")) {
                any = weightIn(parameters);
            }
        }
        return any;
    }

    private static double weightIn(String[] parameters) {
        for (var i = 1; i < parameters.length; i++) {
            var parameter = parameters[i].strip();
            if (parameter.startsWith("q=")) {
                var weight = parameter.substring(2).strip();
                return weight.matches("0(\\.[0-9]{0,3})?|1(\\.0{0,3})?") ? Double.parseDouble(weight) : 0;
            }
        }
        return 1;
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
     * @param smallest length that is worth the effort
     * @param contentEncoding null if there is none: nothing is compressed twice
     */
    static boolean isAllowed(int status, long length, long smallest, String contentEncoding, String cacheControl) {
        return status >= 200
                && status != 204
                && status != 206
                && status != 304
                && (length < 0 || length >= smallest)
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
