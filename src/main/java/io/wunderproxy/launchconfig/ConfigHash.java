package io.wunderproxy.launchconfig;

import io.wunderproxy.names.ShortId;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;

/**
 * The identifier of a launch configuration: the digest of exactly its bytes, in lower-case hex. 32 digits are an MD5, 64 a
 * SHA-256. A value of this type is safe to use in a file name, an object key, a container name and a log line.
 */
public record ConfigHash(String value) {

    private static final Pattern HEX = Pattern.compile("[0-9a-f]{32}|[0-9a-f]{64}");

    /** @throws IllegalArgumentException if the value is not 32 or 64 lower-case hex digits */
    public ConfigHash {
        if (value == null || !HEX.matcher(value).matches()) {
            throw new IllegalArgumentException(
                    "malformed identifier: expected the 32 hex digits of an MD5 or the 64 of a SHA-256, in lower case");
        }
    }

    public static ConfigHash md5(byte[] content) {
        return new ConfigHash(digest("MD5", content));
    }

    public static ConfigHash sha256(byte[] content) {
        return new ConfigHash(digest("SHA-256", content));
    }

    /** Whether this is the digest of these bytes, by the algorithm that the length of this identifier tells. */
    public boolean matches(byte[] content) {
        return sameAlgorithm(content).equals(this);
    }

    /** The digest of other bytes by the algorithm of this identifier. */
    public ConfigHash sameAlgorithm(byte[] content) {
        return value.length() == 32 ? md5(content) : sha256(content);
    }

    /** The first 8 digits, as responses and logs show them. */
    public String abbreviated() {
        return ShortId.of(value);
    }

    @Override
    public String toString() {
        return value;
    }

    private static String digest(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + algorithm, e);
        }
    }
}
