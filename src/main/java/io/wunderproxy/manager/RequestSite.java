package io.wunderproxy.manager;

import io.netty.util.NetUtil;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Recognises requests that a browser sends for a page of another site. Such a page can't keep the browser from saying so (Fetch
 * standard, "Origin"; Fetch Metadata Request Headers, "Sec-Fetch-Site"), unless its own name leads to the manager's address (DNS
 * rebinding): that case shows in the name, which is checked only when the names of the manager are known.
 */
final class RequestSite {

    /** {@code none}: the user typed the address. */
    private static final Set<String> OWN = Set.of("same-origin", "none");

    private static final String OTHER =
            "a page of another site sent this; call the manager from its own page or a program";

    private final Set<String> names;

    /** @param names of the manager; none: every name counts as its own */
    RequestSite(List<String> names) {
        this.names = names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet());
    }

    /** Why this request is refused; empty if it is not. */
    Optional<String> problem(HttpServerRequest request) {
        var host = request.getHeader(HttpHeaders.HOST);
        return problem(
                request.method().name(),
                host == null && request.authority() != null
                        ? request.authority().toString()
                        : host,
                request::getHeader);
    }

    /**
     * Why a request like this is refused; empty if it is not.
     *
     * @param host as the client names it, or null
     * @param header the value of a header, or null
     */
    Optional<String> problem(String method, String host, UnaryOperator<String> header) {
        var site = header.apply("Sec-Fetch-Site");
        if (site != null && !OWN.contains(site) && !isLink(method, header)) {
            return Optional.of(OTHER);
        }
        var origin = header.apply("Origin");
        if (origin != null && !isOwn(origin, host)) {
            return Optional.of(OTHER);
        }
        return host == null || isNamed(host)
                ? Optional.empty()
                : Optional.of(
                        "'" + printable(host) + "' is no name of this manager; --api-host of its agent names them");
    }

    /** Whether a user followed a link: the page with the link sees nothing of the response, which can't be framed either. */
    private static boolean isLink(String method, UnaryOperator<String> header) {
        return method.equals("GET")
                && "navigate".equals(header.apply("Sec-Fetch-Mode"))
                && "document".equals(header.apply("Sec-Fetch-Dest"));
    }

    /**
     * Whether an origin is the manager's: the same host and port, or a name from the operator with the port of a proxy in front.
     */
    private boolean isOwn(String origin, String host) {
        var authority = origin.replaceFirst("^https?://", "");
        return authority.length() < origin.length()
                && (authority.equalsIgnoreCase(host) || names.contains(nameIn(authority)));
    }

    /** Whether the host is a name of the manager. No page can make an IP address or {@code localhost} its own name. */
    private boolean isNamed(String host) {
        var name = nameIn(host);
        return names.isEmpty()
                || names.contains(name)
                || name.equals("localhost")
                || NetUtil.isValidIpV4Address(name)
                || NetUtil.isValidIpV6Address(name);
    }

    /** The name in an authority, without port and brackets. */
    private static String nameIn(String authority) {
        return authority.replaceFirst(":\\d*$", "").replaceAll("[\\[\\]]", "").toLowerCase(Locale.ROOT);
    }

    private static String printable(String text) {
        return text.replaceAll("[^\\x20-\\x7e]", "?");
    }
}
