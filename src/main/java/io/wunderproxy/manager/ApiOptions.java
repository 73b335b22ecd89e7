package io.wunderproxy.manager;

import io.wunderproxy.options.Bounds;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/**
 * The operator's options for the manager.
 *
 * @param authentication who may make calls that change state
 * @param tokenFile the file with the bearer token
 * @param hosts the names that requests may have in {@code Host} beside IP addresses and {@code localhost}; empty: any
 */
public record ApiOptions(Authentication authentication, Path tokenFile, List<String> hosts) {

    /** A name in DNS, or one of an organisation's own that has underscores. */
    private static final Pattern HOST = Pattern.compile("[A-Za-z0-9_-]+(?:\\.[A-Za-z0-9_-]+)*");

    public ApiOptions {
        hosts = List.copyOf(hosts);
        hosts.forEach(
                host -> Bounds.form("hosts", host, HOST, "must be names such as manager.example, without a port"));
    }

    /** How a caller proves that it may change state. */
    public enum Authentication {
        /** By a bearer token. */
        TOKEN,
        /** Not at all, as with the original tool. */
        NONE
    }
}
