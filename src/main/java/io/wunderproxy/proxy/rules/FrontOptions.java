package io.wunderproxy.proxy.rules;

import io.wunderproxy.options.Bounds;
import io.wunderproxy.options.OutOfBounds;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * How load balancers in front are served.
 *
 * @param proxyProtocol whether connections of trusted proxies begin with a header of the PROXY protocol
 * @param clientIpHeader the header in which trusted proxies name the client's IP address; empty: there is none
 * @param healthPath the path at which the proxy says whether it can serve; empty: there is none
 */
public record FrontOptions(boolean proxyProtocol, Optional<String> clientIpHeader, Optional<String> healthPath) {

    public static final FrontOptions DEFAULT = new FrontOptions(false, Optional.empty(), Optional.empty());

    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9-]{1,64}");
    private static final Pattern PATH = Pattern.compile("/[A-Za-z0-9._~/-]{0,255}");

    /**
     * The client that a header names.
     *
     * @param values of all lines of that header
     * @return its IP address; null unless there is one line, with nothing but an address
     */
    public static String named(List<String> values) {
        if (values.size() != 1) {
            return null;
        }
        var text = values.getFirst().strip();
        return text.indexOf('[') < 0 && text.indexOf('%') < 0 && IpAddress.parse(text) != null ? text : null;
    }

    public FrontOptions {
        clientIpHeader.ifPresent(name -> {
            Bounds.form(
                    "clientIpHeader", name, NAME, "must be the name of a header: up to 64 letters, digits and hyphens");
            if (isTaken(name)) {
                throw new OutOfBounds("clientIpHeader", name + " means something else already");
            }
        });
        healthPath.ifPresent(path -> Bounds.form(
                "healthPath", path, PATH, "must be a path: '/' and up to 255 letters, digits and any of . _ ~ - /"));
    }

    /** Whether clients need this header for something else, or proxies have lists of addresses in it, which are read anyway. */
    private static boolean isTaken(String name) {
        return HopByHopHeaders.isHopByHop(name)
                || !HopByHopHeaders.isRemovable(name)
                || Stream.of("X-Forwarded-For", "Forwarded", "Proxy", "Cookie", "Authorization", "Expect")
                        .anyMatch(name::equalsIgnoreCase);
    }
}
