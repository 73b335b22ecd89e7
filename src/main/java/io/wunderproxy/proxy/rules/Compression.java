package io.wunderproxy.proxy.rules;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Decides whether a response is compressed, and what its headers say about that (RFC 9110, section 8.4). Texts only. */
public final class Compression {
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

    /** Stands between a validator and the coding of a compressed response. */
    private static final char MARK = '~';

    private static final List<String> MARKS =
            Arrays.stream(Coding.values()).map(Compression::markOf).toList();

    private Compression() {}

    /**
     * Chooses the coding that a client likes best, and among those that it likes alike the one that comes first.
     *
     * @param offered the codings to choose from
     * @param acceptEncoding the client's header; null if it has none, which accepts nothing
     * @param whole whether the body may be compressed as a whole, which zstd needs; gzip goes part by part
     * @return null for no coding
     */
    public static Coding choose(List<Coding> offered, String acceptEncoding, boolean whole) {
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
    public static boolean isCompressible(String contentType) {
        if (contentType == null) {
            return false;
        }
        var end = contentType.indexOf(';');
        var type =
                (end < 0 ? contentType : contentType.substring(0, end)).strip().toLowerCase(Locale.ROOT);
        return type.startsWith("text/") || TYPES.contains(type);
    }

    /**
     * Whether the rest of a response's head lets its body be compressed.
     *
     * @param length of the body, -1 if not known
     * @param smallest length that is worth the effort
     * @param contentEncoding null if there is none: nothing is compressed twice
     */
    public static boolean isAllowed(
            int status, long length, long smallest, String contentEncoding, String cacheControl) {
        return status >= 200
                && status != 204
                && status != 206
                && status != 304
                && (length < 0 || length >= smallest)
                && contentEncoding == null
                && (cacheControl == null || !HopByHopHeaders.hasToken(cacheControl, "no-transform"));
    }

    /** The value of {@code Vary} for a response that depends on {@code Accept-Encoding}. */
    public static String vary(String received) {
        if (received == null || received.isBlank()) {
            return "Accept-Encoding";
        }
        return HopByHopHeaders.hasToken(received, "accept-encoding") || HopByHopHeaders.hasToken(received, "*")
                ? received
                : received + ", Accept-Encoding";
    }

    /**
     * The {@code ETag} of a compressed response. A strong one says that every byte is the same, which is no longer true, so it
     * becomes a weak one (RFC 9110, section 8.8.1), with the coding in it, so that {@link #unmark} can tell it from those that are
     * the application's own: {@code "v1"} becomes {@code W/"v1~gzip"}.
     */
    public static String mark(String etag, Coding coding) {
        return etag.length() >= 2 && etag.startsWith("\"") && etag.endsWith("\"")
                ? "W/" + etag.substring(0, etag.length() - 1) + markOf(coding) + '"'
                : etag;
    }

    private static String markOf(Coding coding) {
        return switch (coding) {
            case GZIP -> MARK + "gzip";
            case ZSTD -> MARK + "zstd";
        };
    }

    /** Whether one of the validators in the value of a header was made by {@link #mark}. */
    public static boolean hasMark(String validators) {
        return unmark(validators) != validators;
    }

    /**
     * The validators in the value of a header as the application knows them; the same object if nothing was changed in it. Only a
     * weak one can be marked: a strong one that looks so is the application's own.
     */
    public static String unmark(String validators) {
        if (validators.indexOf(MARK) < 0) {
            return validators;
        }
        var plain = new StringBuilder(validators.length());
        var copied = 0;
        var changed = false;
        for (var open = validators.indexOf('"'); open >= 0; open = validators.indexOf('"', copied)) {
            var close = validators.indexOf('"', open + 1);
            if (close < 0) {
                break;
            }
            var isWeak = open - 2 >= copied && validators.startsWith("W/", open - 2);
            var mark = isWeak ? markBefore(validators, close) : -1;
            if (mark > open) {
                plain.append(validators, copied, open - 2)
                        .append(validators, open, mark)
                        .append('"');
                changed = true;
            } else {
                plain.append(validators, copied, close + 1);
            }
            copied = close + 1;
        }
        return changed ? plain.append(validators, copied, validators.length()).toString() : validators;
    }

    /** Where the mark begins that ends here; -1 if none does. Never looks further back than a mark is long. */
    private static int markBefore(String text, int end) {
        for (var mark : MARKS) {
            if (text.startsWith(mark, end - mark.length())) {
                return end - mark.length();
            }
        }
        return -1;
    }

    /**
     * The {@code ETag} of a 304: the one of the stored response that it is about, which is one of those that the client has sent.
     *
     * @param etag as the application has said it
     * @param sent the client's {@code If-None-Match}
     * @param liked the coding that a complete response would have now, or null
     */
    public static String known(String etag, String sent, Coding liked) {
        if (liked != null && isAmong(sent, etag, liked)) {
            return mark(etag, liked);
        }
        if (!sent.contains(etag)) {
            for (var coding : Coding.values()) {
                if (isAmong(sent, etag, coding)) {
                    return mark(etag, coding);
                }
            }
        }
        return etag;
    }

    private static boolean isAmong(String sent, String etag, Coding coding) {
        var marked = mark(etag, coding);
        return marked != etag && sent.contains(marked);
    }
}
