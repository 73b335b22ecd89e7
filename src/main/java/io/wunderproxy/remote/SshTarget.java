package io.wunderproxy.remote;

import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * A host to log in to. Parts left out come from {@code ~/.ssh/config}, else they are the user of this machine and port 22.
 *
 * @param host a name, an address, or an alias of {@code ~/.ssh/config}; an IPv6 address has no brackets here
 */
public record SshTarget(Optional<String> user, String host, OptionalInt port) {

    // No spaces, and no leading dash, in anything that might be given to another program.
    private static final Pattern FORM = Pattern.compile("(?:(?<user>[^\\s@:/-][^\\s@:/]*)@)?"
            + "(?<host>[^\\s@:/\\[\\]-][^\\s@:/\\[\\]]*|\\[[0-9a-fA-F:.]+(?:%[\\w.-]+)?])(?::(?<port>\\d{1,5}))?");

    /**
     * Reads {@code ssh://[user@]host[:port]} or {@code [user@]host[:port]}.
     *
     * @throws IllegalArgumentException with a message for the person who wrote it
     */
    public static SshTarget parse(String text) {
        var matcher = FORM.matcher(text.replaceFirst("^ssh://", "").replaceFirst("/$", ""));
        if (!matcher.matches()) {
            throw invalid(text);
        }
        var port = matcher.group("port") == null
                ? OptionalInt.empty()
                : OptionalInt.of(Integer.parseInt(matcher.group("port")));
        if (port.isPresent() && (port.getAsInt() < 1 || port.getAsInt() > 65535)) {
            throw invalid(text);
        }
        return new SshTarget(
                Optional.ofNullable(matcher.group("user")),
                matcher.group("host").replaceAll("[\\[\\]]", ""),
                port);
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "invalid SSH address '" + text + "': expected ssh://[user@]host[:port] or [user@]host[:port]");
    }

    @Override
    public String toString() {
        return user.map(u -> u + "@").orElse("")
                + (host.contains(":") ? "[" + host + "]" : host)
                + (port.isPresent() ? ":" + port.getAsInt() : "");
    }
}
