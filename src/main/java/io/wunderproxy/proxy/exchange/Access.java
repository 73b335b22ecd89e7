package io.wunderproxy.proxy.exchange;

import io.wunderproxy.proxy.rules.BasicAuth;
import io.wunderproxy.proxy.rules.ErrorResponse;
import io.wunderproxy.proxy.rules.Fields;
import io.wunderproxy.proxy.rules.ForwardedHeaders;
import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.Networks;
import io.wunderproxy.proxy.rules.ProxySettings;

/** Decides who may come in to one revision of the application, and by which name, from the head of a request alone. */
public final class Access {
    /** Certificate authorities ask for the very name that they certify (RFC 8555, section 8.3). */
    private static final String ACME_CHALLENGES = "/.well-known/acme-challenge/";

    /**
     * Why a request goes no further.
     *
     * @param header one that the response needs; null if it needs none
     */
    public record Denial(ErrorResponse response, Header header, String value) {}

    private final String canonicalHost;
    private final Networks allowed;
    private final BasicAuth basicAuth;

    public Access(ProxySettings settings) {
        canonicalHost = settings.canonicalHost().orElse(null);
        allowed = settings.allowedNetworks().map(Networks::new).orElse(null);
        basicAuth = settings.basicAuth().orElse(null);
    }

    /** Whether everybody may come in, by any name. */
    public boolean isOpen() {
        return canonicalHost == null && allowed == null && basicAuth == null;
    }

    /** Whether a user and a password are needed too. They are meant for this proxy, so that the application does not get them. */
    public boolean needsPassword() {
        return basicAuth != null;
    }

    /** The file with the passwords. */
    public String passwordFile() {
        return basicAuth.file();
    }

    /** Why a request without the right password goes no further. */
    public Denial wrongPassword() {
        return new Denial(ErrorResponse.UNAUTHORIZED, Header.WWW_AUTHENTICATE, basicAuth.challenge());
    }

    /** The host that the application is asked for; the one that a request names if any will do. */
    public String hostOr(String named) {
        return canonicalHost == null ? named : canonicalHost;
    }

    /**
     * Decides on one request, but for its password.
     *
     * @param client the IP address of its client; null if it is not known
     * @param trusted whether it came from a proxy that is believed
     * @param secure whether the client speaks TLS, with this proxy or with one in front
     * @param host the host that is asked for, with the port if one is named; null if none is
     * @return null if it may come in
     */
    public Denial denial(
            Fields received,
            String client,
            boolean trusted,
            boolean secure,
            String method,
            String target,
            String host) {
        if (allowed != null && !allowed.contains(client)) {
            return new Denial(ErrorResponse.NOT_ALLOWED, null, null);
        }
        if (canonicalHost != null) {
            var asked = trusted ? ForwardedHeaders.keepOr(firstOf(received.get(Header.X_FORWARDED_HOST)), host) : host;
            var url = LocalResponses.canonicalUrl(canonicalHost, asked, secure, target, method.equals("OPTIONS"));
            if (url != null && !target.startsWith(ACME_CHALLENGES)) {
                return new Denial(ErrorResponse.movedTo(url, method), Header.LOCATION, url);
            }
        }
        return null;
    }

    private static String firstOf(String list) {
        var comma = list == null ? -1 : list.indexOf(',');
        return comma < 0 ? list : list.substring(0, comma).strip();
    }
}
