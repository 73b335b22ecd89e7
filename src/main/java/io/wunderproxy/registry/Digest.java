package io.wunderproxy.registry;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The name of a blob or manifest: the SHA-256 of its bytes, the only algorithm that registries use.
 *
 * @param hex 64 lower-case digits
 */
public record Digest(String hex) {

    private static final Pattern FORM = Pattern.compile("sha256:([0-9a-f]{64})");

    /** Reads {@code sha256:<hex>}; empty if it is anything else. */
    public static Optional<Digest> parse(String text) {
        var matcher = FORM.matcher(text);
        return matcher.matches() ? Optional.of(new Digest(matcher.group(1))) : Optional.empty();
    }

    public static Digest of(byte[] content) {
        return hex(algorithm().digest(content));
    }

    /** The digest that was added up there. */
    public static Digest of(MessageDigest sum) {
        return hex(sum.digest());
    }

    private static Digest hex(byte[] sum) {
        return new Digest(HexFormat.of().formatHex(sum));
    }

    public static MessageDigest algorithm() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Override
    public String toString() {
        return "sha256:" + hex;
    }
}
