package io.wunderproxy.launchconfig;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The secrets inside of a value that is more than a secret: passwords in addresses such as {@code postgres://user:password@host}
 * or {@code redis://:password@host}, values of parameters such as {@code ?password=...} or {@code Password=...;}, and what
 * follows the scheme of an {@code Authorization} header.
 */
public final class SecretParts {

    private static final Pattern IN_ADDRESS = Pattern.compile("(?<=://)([^:/?#\\s]*):([^/?#\\s]+)(?=@)");
    private static final Pattern PARAMETER = Pattern.compile(
            "(?i)(?<=^|[?&;,\\s])((?:[\\w.-]*(?:password|passwd|passphrase|secret|token|signature)|pwd|pass|sig"
                    + "|[\\w.-]*(?:api|access|account|private)[_-]?key)\\s*=\\s*)('[^']*'|\"[^\"]*\"|[^&;,\\s'\"]+)");
    private static final Pattern AUTHORIZATION = Pattern.compile("(?i)^((?:basic|bearer|token|apikey)\\s+)(\\S+)$");
    private static final List<Pattern> PATTERNS = List.of(IN_ADDRESS, PARAMETER, AUTHORIZATION);

    private SecretParts() {}

    /** Each secret inside, as it is written there and as it is meant. */
    public static Set<String> of(String value) {
        var parts = new LinkedHashSet<String>();
        for (var pattern : PATTERNS) {
            pattern.matcher(value).results().forEach(found -> parts.addAll(meant(found)));
        }
        return parts;
    }

    private static List<String> meant(MatchResult found) {
        var written = found.group(2).replaceAll("^(['\"])(.*)\\1$", "$2");
        var meant = new ArrayList<>(List.of(written, decoded(written)));
        if (found.group(1).toLowerCase(Locale.ROOT).startsWith("basic")) {
            try {
                var login = new String(Base64.getDecoder().decode(written), StandardCharsets.UTF_8);
                meant.add(login);
                meant.add(login.substring(login.indexOf(':') + 1));
            } catch (IllegalArgumentException noBase64) {
                // It is hidden as it is.
            }
        } else if (found.start() > 2 && !found.group(1).contains("=")) {
            // As it is sent when the address is used.
            var login = decoded(found.group(1)) + ":" + decoded(written);
            meant.add(Base64.getEncoder().encodeToString(login.getBytes(StandardCharsets.UTF_8)));
        }
        return meant;
    }

    private static String decoded(String text) {
        try {
            // A plus is a plus here, unlike in a form.
            return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException notEncoded) {
            return text;
        }
    }

    /** The value with something else in the place of each secret inside. */
    public static String hide(String value, String mask) {
        var hidden = value;
        for (var pattern : PATTERNS) {
            hidden = pattern.matcher(hidden)
                    .replaceAll(found ->
                            Matcher.quoteReplacement(found.group(1) + (pattern.equals(IN_ADDRESS) ? ":" : "") + mask));
        }
        return hidden;
    }

    /** The ways in which programs write a secret: as it is, and encoded for addresses, JSON, HTML and headers. */
    public static Stream<String> spellings(String secret) {
        var percent = URLEncoder.encode(secret, StandardCharsets.UTF_8);
        var bytes = secret.getBytes(StandardCharsets.UTF_8);
        var json = secret.replace("\\", "\\\\")
                .replace("\"", "\\\"")
                .replace("\n", "\\n")
                .replace("\t", "\\t");
        return Stream.of(
                        secret,
                        percent,
                        percent.replace("+", "%20"),
                        lowerCaseDigits(percent),
                        lowerCaseDigits(percent.replace("+", "%20")),
                        json,
                        json.replace("/", "\\/"),
                        secret.replace("&", "&amp;")
                                .replace("<", "&lt;")
                                .replace(">", "&gt;")
                                .replace("\"", "&quot;")
                                .replace("'", "&#39;"),
                        Base64.getEncoder().encodeToString(bytes),
                        Base64.getUrlEncoder().encodeToString(bytes),
                        Base64.getEncoder().withoutPadding().encodeToString(bytes),
                        Base64.getUrlEncoder().withoutPadding().encodeToString(bytes))
                .distinct();
    }

    private static String lowerCaseDigits(String percent) {
        return Pattern.compile("%[0-9A-F]{2}").matcher(percent).replaceAll(found -> found.group()
                .toLowerCase(Locale.ROOT));
    }
}
