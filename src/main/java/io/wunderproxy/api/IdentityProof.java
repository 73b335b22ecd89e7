package io.wunderproxy.api;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * A manager's proof that it knows the token, without showing it: a keyed hash (RFC 2104, with SHA-256) of the caller's challenge.
 * It names the member and its address too, so that nobody can pass on the proof of another one.
 */
public final class IdentityProof {

    private static final String ALGORITHM = "HmacSHA256";
    private static final String PURPOSE = "wunderproxy-identity";
    private static final int CHALLENGE_BYTES = 32;

    private IdentityProof() {}

    /** A challenge that was not used before. */
    public static String newChallenge() {
        var random = new byte[CHALLENGE_BYTES];
        new SecureRandom().nextBytes(random);
        return HexFormat.of().formatHex(random);
    }

    /** Whether this is a challenge as {@link #newChallenge} makes them. */
    public static boolean isChallenge(String text) {
        return text.matches("[0-9a-f]{" + 2 * CHALLENGE_BYTES + "}");
    }

    /**
     * The proof, in hex.
     *
     * @param member the id of the member; empty for a host that is on its own
     * @param manager where the member is reached, as its item in the table says; empty for a host that is on its own
     */
    public static String of(String token, String challenge, String member, String manager) {
        try {
            var mac = Mac.getInstance(ALGORITHM);
            mac.init(new SecretKeySpec(token.getBytes(StandardCharsets.UTF_8), ALGORITHM));
            var text = String.join("\n", PURPOSE, challenge, member, manager);
            return HexFormat.of().formatHex(mac.doFinal(text.getBytes(StandardCharsets.UTF_8)));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e); // every JDK has it
        }
    }

    /** Whether the proof is right; takes a time that does not depend on where the first difference is. */
    public static boolean matches(String proof, String token, String challenge, String member, String manager) {
        return MessageDigest.isEqual(
                of(token, challenge, member, manager).getBytes(StandardCharsets.UTF_8),
                proof.getBytes(StandardCharsets.UTF_8));
    }
}
