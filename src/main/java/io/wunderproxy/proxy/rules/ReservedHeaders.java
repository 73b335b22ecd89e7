package io.wunderproxy.proxy.rules;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;

/**
 * The one list of request headers that only this proxy, or a proxy that it trusts, may say: applications believe them about the
 * client's address, its TLS and certificate, and the URL that it asked for. Everybody else's are removed. An operator may add one to the
 * list. Knows texts only.
 *
 * <p>A program behind a gateway interface (CGI, WSGI, Rack) cannot tell {@code X_Forwarded_For} from {@code X-Forwarded-For}
 * (RFC 3875, section 4.1.18), and some take any other sign for the same, too. So a name counts as the one that it can be taken for.
 */
public final class ReservedHeaders {
    /** Families: every name that begins like this. */
    private static final String[] PREFIXES = {
        "x-forwarded",
        "x-original-",
        "x-ssl-",
        "x-client-cert",
        "x-wunderproxy-",
        "x-envoy-",
        "x-azure-",
        "x-appengine-",
        "x-amzn-mtls-",
        "ssl-client-",
        "client-cert",
        "cf-connecting-",
    };

    private static final String[] NAMES = {
        "forwarded",
        "x-request-id",
        "x-request-start",
        // The client's address, as different proxies call it.
        "x-real-ip",
        "x-client-ip",
        "x-cluster-client-ip",
        "x-nf-client-connection-ip",
        "x-remote-ip",
        "x-remote-addr",
        "x-originating-ip",
        "x-source-ip",
        "x-proxyuser-ip",
        "true-client-ip",
        "client-ip",
        "cluster-client-ip",
        "proxy-client-ip",
        "wl-proxy-client-ip",
        "fastly-client-ip",
        "fly-client-ip",
        "do-connecting-ip",
        "ali-cdn-real-ip",
        "cdn-src-ip",
        "remote-addr",
        // What it asked for, and how.
        "x-host",
        "x-http-host-override",
        "x-scheme",
        "x-url-scheme",
        "x-proto",
        "x-port",
        "x-ssl",
        "x-https",
        "front-end-https",
        "x-rewrite-url",
        "cf-visitor",
    };

    /** The families, found by their first letters, and the names, by their lengths: most headers are compared with few of them. */
    private static final String[][] BY_FIRST_LETTER = grouped(PREFIXES, name -> name.charAt(0));

    private static final String[][] BY_LENGTH = grouped(NAMES, String::length);

    private static final String[] NONE = {};

    /** No others than the list has. */
    public static final ReservedHeaders LISTED = new ReservedHeaders(null);

    /** One more, in lower case; null if there is none. */
    private final String another;

    private ReservedHeaders(String another) {
        this.another = another;
    }

    /**
     * Those of the list and one more.
     *
     * @param clientIpHeader the header in which trusted proxies name the client's IP address; empty: there is none
     */
    public static ReservedHeaders with(Optional<String> clientIpHeader) {
        return clientIpHeader
                .map(name -> new ReservedHeaders(name.toLowerCase(Locale.ROOT)))
                .orElse(LISTED);
    }

    private static String[][] grouped(String[] names, ToIntFunction<String> group) {
        var lists = new ArrayList<List<String>>();
        for (var name : names) {
            while (lists.size() <= group.applyAsInt(name)) {
                lists.add(new ArrayList<>());
            }
            lists.get(group.applyAsInt(name)).add(name);
        }
        return lists.stream().map(list -> list.toArray(String[]::new)).toArray(String[][]::new);
    }

    private static String[] in(String[][] groups, int group) {
        return group < groups.length ? groups[group] : NONE;
    }

    /**
     * Whether a request may bring a header of this name to the application. Nobody's may be taken for one that this proxy says, for
     * one that frames a message, or for the setting {@code HTTP_PROXY} of a CGI program.
     *
     * @param trusted whether it comes from a proxy that is believed
     * @param underscores whether names may have {@code _} in them
     */
    public boolean mayPass(CharSequence name, boolean trusted, boolean underscores) {
        var plain = true;
        for (var i = 0; i < name.length(); i++) {
            var c = name.charAt(i);
            if (c == '_' && !underscores) {
                return false;
            }
            plain &= isPlain(c);
        }
        if (plain) {
            return !same(name, "proxy") && (trusted || !isReserved(name));
        }
        var taken = folded(name);
        return !isReserved(taken)
                && !HopByHopHeaders.isHopByHop(taken)
                && HopByHopHeaders.isRemovable(taken)
                && !same(taken, "proxy");
    }

    /** Whether only a proxy may say this, in any case. */
    boolean isReserved(CharSequence name) {
        if (name.isEmpty()) {
            return false;
        }
        for (var prefix : in(BY_FIRST_LETTER, name.charAt(0) | 0x20)) {
            if (startsWith(name, prefix)) {
                return true;
            }
        }
        for (var reserved : in(BY_LENGTH, name.length())) {
            if (startsWith(name, reserved)) {
                return true;
            }
        }
        return another != null && same(name, another);
    }

    /** The name as a program sees it that does not distinguish signs such as '_' and '-'. */
    private static String folded(CharSequence name) {
        var folded = new StringBuilder(name.length());
        for (var i = 0; i < name.length(); i++) {
            var c = name.charAt(i);
            folded.append(isPlain(c) ? c : '-');
        }
        return folded.toString();
    }

    private static boolean isPlain(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-';
    }

    private static boolean same(CharSequence name, String lowerCase) {
        return name.length() == lowerCase.length() && startsWith(name, lowerCase);
    }

    /** Whether the name begins with this, which is in lower case. */
    static boolean startsWith(CharSequence name, String lowerCase) {
        if (name.length() < lowerCase.length()) {
            return false;
        }
        for (var i = 0; i < lowerCase.length(); i++) {
            var c = name.charAt(i);
            if (c >= 'A' && c <= 'Z') {
                c |= 0x20;
            }
            if (c != lowerCase.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
