package io.wunderproxy.store;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Digests of what is stored, in lower-case hex. */
final class ContentDigest {
    private ContentDigest() {}

    static String md5(byte[] content) {
        return digest("MD5", content);
    }

    static String sha256(byte[] content) {
        return digest("SHA-256", content);
    }

    private static String digest(String algorithm, byte[] content) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance(algorithm).digest(content));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java runtime has " + algorithm, e);
        }
    }
}
