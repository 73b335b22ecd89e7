package io.wunderproxy.proxy.auth;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.apache.commons.codec.digest.Md5Crypt;
import org.bouncycastle.crypto.generators.OpenBSDBCrypt;

/** The users and hashed passwords of an htpasswd file, as it was when it was read: those of bcrypt and those of apr1. */
public final class PasswordFile {
    private static final int LARGEST = 1 << 20;
    private static final Pattern BCRYPT = Pattern.compile("\\$2[aby]\\$([0-9]{2})\\$[./A-Za-z0-9]{53}");
    private static final Pattern APR1 = Pattern.compile("\\$apr1\\$[./A-Za-z0-9]{1,8}\\$[./A-Za-z0-9]{22}");
    private static final int LEAST_COST = 4;
    /** About a second; each step takes twice as long. */
    private static final int MOST_COST = 14;

    private final Map<String, String> hashes;
    /** Is compared with when there is no such user, so that the time does not tell which users there are. */
    private final String any;

    private PasswordFile(Map<String, String> hashes) {
        this.hashes = hashes;
        any = hashes.values().iterator().next();
    }

    /**
     * Reads it.
     *
     * @throws IOException if it can't be used; the message says which file, why, and what to do
     */
    public static PasswordFile read(Path file) throws IOException {
        try {
            if (Files.size(file) > LARGEST) {
                throw new IOException("it has more than " + LARGEST + " bytes");
            }
            return parse(Files.readString(file, StandardCharsets.UTF_8));
        } catch (NoSuchFileException e) {
            throw unusable(file, "it is not on this host", e);
        } catch (AccessDeniedException e) {
            throw unusable(file, "the user of the agent may not read it", e);
        } catch (CharacterCodingException e) {
            throw unusable(file, "it is not text in UTF-8", e);
        } catch (IOException e) {
            throw unusable(file, e.getMessage(), e);
        }
    }

    private static IOException unusable(Path file, String why, IOException cause) {
        return new IOException("the password file " + file + " can't be used: " + why, cause);
    }

    private static PasswordFile parse(String text) throws IOException {
        var hashes = new LinkedHashMap<String, String>();
        var number = 0;
        for (var line : (Iterable<String>) text.lines()::iterator) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            var colon = line.indexOf(':');
            if (colon < 1) {
                throw new IOException("line " + number + " is not of the form user:hash");
            }
            var hash = line.substring(colon + 1).strip();
            check(hash, number);
            if (hashes.putIfAbsent(line.substring(0, colon), hash) != null) {
                throw new IOException("line " + number + " is about a user that has a line already");
            }
        }
        if (hashes.isEmpty()) {
            throw new IOException("it has no user; add one with 'htpasswd -B'");
        }
        return new PasswordFile(hashes);
    }

    private static void check(String hash, int line) throws IOException {
        if (APR1.matcher(hash).matches()) {
            return;
        }
        var bcrypt = BCRYPT.matcher(hash);
        if (!bcrypt.matches()) {
            throw new IOException("the password in line " + line
                    + " is hashed neither by bcrypt nor by apr1; set it again with 'htpasswd -B'");
        }
        var cost = Integer.parseInt(bcrypt.group(1));
        if (cost < LEAST_COST || cost > MOST_COST) {
            throw new IOException("the password in line " + line + " has a cost that is not " + LEAST_COST + " to "
                    + MOST_COST + "; set it again with 'htpasswd -B -C 10'");
        }
    }

    /** Whether there is such a user with this password. Takes long, as it is meant to. */
    boolean matches(Credentials credentials) {
        var hash = hashes.get(credentials.user());
        return matches(hash == null ? any : hash, credentials.password()) && hash != null;
    }

    private static boolean matches(String hash, byte[] password) {
        if (!hash.startsWith("$apr1$")) {
            return OpenBSDBCrypt.checkPassword(hash, password);
        }
        // What is given to it may be overwritten.
        var computed = Md5Crypt.apr1Crypt(password.clone(), hash);
        return MessageDigest.isEqual(
                computed.getBytes(StandardCharsets.US_ASCII), hash.getBytes(StandardCharsets.US_ASCII));
    }
}
