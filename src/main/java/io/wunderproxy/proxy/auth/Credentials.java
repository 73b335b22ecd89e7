package io.wunderproxy.proxy.auth;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** A user's name and password as a request has them (RFC 7617). Its text is the name. */
public final class Credentials {
    private static final String SCHEME = "Basic ";

    private final String user;
    private final byte[] password;

    private Credentials(String user, byte[] password) {
        this.user = user;
        this.password = password;
    }

    /**
     * Reads them.
     *
     * @param values of all lines of {@code Authorization}
     * @return null unless there is one line that has them
     */
    public static Credentials of(List<String> values) {
        if (values.size() != 1 || !values.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return null;
        }
        try {
            var bytes = Base64.getDecoder()
                    .decode(values.getFirst().substring(SCHEME.length()).strip());
            for (var colon = 0; colon < bytes.length; colon++) {
                if (bytes[colon] == ':') {
                    return new Credentials(
                            new String(bytes, 0, colon, StandardCharsets.UTF_8),
                            Arrays.copyOfRange(bytes, colon + 1, bytes.length));
                }
            }
            return null;
        } catch (IllegalArgumentException notBase64) {
            return null;
        }
    }

    String user() {
        return user;
    }

    byte[] password() {
        return password;
    }

    @Override
    public String toString() {
        return user;
    }
}
