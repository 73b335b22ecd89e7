package io.wunderproxy.manager;

import io.wunderproxy.api.IdentityProof;
import io.wunderproxy.disk.AtomicFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.HexFormat;

/** The secret that callers show to change state. */
final class ApiToken {

    private static final int BYTES = 32;

    /** The length of the shortest token; a shorter one could be guessed. */
    private static final int SHORTEST = 16;

    private final byte[] token;

    private ApiToken(String token) {
        this.token = token.getBytes(StandardCharsets.UTF_8);
    }

    /** Reads the file, or makes it with a new token that only its owner can read. */
    static ApiToken readOrCreate(Path file) throws IOException {
        try {
            return read(file);
        } catch (NoSuchFileException e) {
            return create(file);
        }
    }

    private static ApiToken read(Path file) throws IOException {
        var token = Files.readString(file).strip();
        if (token.length() < SHORTEST) {
            throw new IOException(
                    (token.isEmpty() ? "it is empty" : "the token is shorter than " + SHORTEST + " characters")
                            + "; remove the file to get a new one");
        }
        return new ApiToken(token);
    }

    private static ApiToken create(Path file) throws IOException {
        var random = new byte[BYTES];
        new SecureRandom().nextBytes(random);
        var token = HexFormat.of().formatHex(random);
        // Written whole before it has its name: half a token would lock everybody out.
        AtomicFile.write(file, (token + "\n").getBytes(StandardCharsets.UTF_8), AtomicFile.Access.OWNER);
        return new ApiToken(token);
    }

    String proof(String challenge, String member, String manager) {
        return IdentityProof.of(new String(token, StandardCharsets.UTF_8), challenge, member, manager);
    }

    /** Compares in a time that does not depend on where the first difference is. */
    boolean matches(String candidate) {
        return MessageDigest.isEqual(token, candidate.getBytes(StandardCharsets.UTF_8));
    }
}
