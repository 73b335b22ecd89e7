package io.wunderproxy.proxy.rules;

import io.wunderproxy.options.Bounds;
import java.util.regex.Pattern;

/**
 * The users who may come in with a password (RFC 7617).
 *
 * @param file path of the htpasswd file on the host
 * @param realm what browsers show to whom they ask for the password
 */
public record BasicAuth(String file, String realm) {
    public static final String USUAL_REALM = "restricted";

    private static final Pattern FILE = Pattern.compile("/[^\\p{Cntrl}]{1,4095}");
    private static final Pattern REALM = Pattern.compile("[ -~&&[^\"\\\\]]{1,100}");

    /** @throws io.wunderproxy.options.OutOfBounds if a value can't be meant */
    public BasicAuth {
        Bounds.form("file", file, FILE, "must be the path of a file on the host, from / on");
        Bounds.form("realm", realm, REALM, "must be 1 to 100 characters of ASCII, without quotes and backslashes");
    }

    /** The value of {@code WWW-Authenticate}. */
    public String challenge() {
        return "Basic realm=\"" + realm + "\", charset=\"UTF-8\"";
    }
}
