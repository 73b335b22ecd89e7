package io.wunderproxy.proxy.rules;

/**
 * Decides on the headers of one request on their way to a backend. It is made from the headers that the client sent, says of each header
 * whether it is forwarded, and then adds this proxy's own.
 */
public final class RequestHeaderPlan {
    private static final int HTTP_1_1 = 11;

    /** The sender of the request. */
    public interface Sender {
        /** Its IP address; null if it came through a Unix socket. */
        String address();

        /** Whether it is believed what it says of the client before it. */
        boolean isTrusted();

        /** Whether a proxy that is believed has this IP address. */
        boolean isProxy(String ip);
    }

    private final boolean trusted;
    private final ReservedHeaders reserved;
    private final boolean underscores;
    private final boolean toHttp1;
    private final String connection;
    private final boolean namesOthers;
    private final String upgrade;
    private final boolean trailers;
    private final String mark;

    /**
     * @param http the client's version: 10, 11 or 20
     * @param toHttp1 whether the request is forwarded by HTTP/1.1
     * @param trusted whether the client is a proxy that is believed
     * @param reserved those that only such a proxy may say
     */
    public RequestHeaderPlan(
            Fields received,
            int http,
            boolean toHttp1,
            boolean trusted,
            ReservedHeaders reserved,
            HeaderOptions options) {
        this.trusted = trusted;
        this.reserved = reserved;
        this.toHttp1 = toHttp1;
        underscores = options.underscores();
        var named = received.combined(Header.CONNECTION);
        connection = named == null ? "" : named;
        namesOthers = HopByHopHeaders.namesOthers(connection);
        upgrade = http == HTTP_1_1 && toHttp1 && named != null ? requestedProtocol(received, named) : null;
        trailers = received.has(Header.TE) && HopByHopHeaders.hasToken(received.combined(Header.TE), "trailers");
        mark = isNamed(Header.X_WUNDERPROXY_FALLBACK.text()) ? null : received.get(Header.X_WUNDERPROXY_FALLBACK);
    }

    /**
     * The protocol that the client wants to switch to, by any method and with or without a body, or null. A backend that switched to
     * h2c would take requests that nobody here has checked.
     */
    private static String requestedProtocol(Fields received, String connection) {
        var protocol = received.get(Header.UPGRADE);
        return protocol != null
                        && !HopByHopHeaders.hasToken(received.combined(Header.UPGRADE), "h2c")
                        && HopByHopHeaders.hasToken(connection, "upgrade")
                ? protocol
                : null;
    }

    private boolean isNamed(CharSequence name) {
        return namesOthers && HopByHopHeaders.isNamedBy(connection, name);
    }

    /** Whether the client's header of this name is forwarded. */
    public boolean passes(CharSequence name) {
        return !HopByHopHeaders.isHopByHop(name)
                && !isNamed(name)
                && reserved.mayPass(name, trusted, underscores)
                && !Header.X_WUNDERPROXY_FALLBACK.is(name);
    }

    /** The id of the instance that the request says to come from; null if it doesn't. */
    public String mark() {
        return mark;
    }

    /**
     * Sets the headers for the connection to the backend and for the framing of the body; called when only forwarded headers are left.
     *
     * @param hasBody whether there is a body, even an empty one; nothing else decides
     */
    public void frame(Fields forwarded, boolean hasBody) {
        if (upgrade != null) {
            forwarded.set(Header.CONNECTION, "upgrade");
            forwarded.set(Header.UPGRADE, upgrade);
        } else if (trailers) {
            if (toHttp1) {
                forwarded.set(Header.CONNECTION, Header.TE.text());
            }
            forwarded.set(Header.TE, "trailers");
        }
        var length = forwarded.get(Header.CONTENT_LENGTH);
        if (hasBody && length == null) {
            forwarded.set(Header.TRANSFER_ENCODING, "chunked");
        } else if (!hasBody && length != null && !length.equals("0")) {
            forwarded.remove(Header.CONTENT_LENGTH);
        }
    }

    /**
     * Tells how long a body is that was read whole.
     *
     * @param trailers whether something comes behind it, which HTTP/1.1 can only say of a chunked body
     */
    public static void frameWhole(Fields forwarded, String method, long length, boolean trailers) {
        if (trailers) {
            forwarded.remove(Header.CONTENT_LENGTH);
            forwarded.set(Header.TRANSFER_ENCODING, "chunked");
            return;
        }
        forwarded.remove(Header.TRANSFER_ENCODING);
        if (length > 0 || !method.equals("GET") && !method.equals("HEAD") && !method.equals("DELETE")) {
            forwarded.set(Header.CONTENT_LENGTH, Long.toString(length));
        }
    }

    /** Whether a body follows these headers. */
    public static boolean announcesBody(Fields forwarded) {
        return forwarded.has(Header.CONTENT_LENGTH) || forwarded.has(Header.TRANSFER_ENCODING);
    }

    /**
     * Turns the validators that a client has of compressed responses into those that the application knows. No part of such a
     * response can be had, as its bytes are not the application's: the whole is asked for instead.
     *
     * @return the client's {@code If-None-Match} if it was changed, else null
     */
    public static String restoreValidators(Fields forwarded) {
        restore(forwarded, Header.IF_MATCH);
        var range = forwarded.get(Header.IF_RANGE);
        if (range != null && Compression.hasMark(range)) {
            forwarded.remove(Header.IF_RANGE);
            forwarded.remove(Header.RANGE);
        }
        return restore(forwarded, Header.IF_NONE_MATCH);
    }

    private static String restore(Fields forwarded, Header name) {
        var sent = forwarded.combined(name);
        var known = sent == null ? null : Compression.unmark(sent);
        if (known == sent) {
            return null;
        }
        forwarded.set(name, known);
        return sent;
    }

    /**
     * Says who the client is, and gives the request an id and a time, where no trusted proxy has done so. Only forwarded headers may
     * be left, and the host must be the one that the request is for.
     *
     * @param tls whether the client speaks TLS with this proxy
     * @param now milliseconds since 1970
     * @return the request's id
     */
    public static String addClient(
            Fields forwarded, Sender sender, boolean tls, RequestIds ids, long now, HeaderOptions options) {
        var host = forwarded.get(Header.HOST);
        if (options.forwarded()) {
            forwarded.set(
                    Header.FORWARDED,
                    ForwardedHeaders.forwarded(forwarded.combined(Header.FORWARDED), sender.address(), host, tls));
        }
        if (sender.isTrusted()) {
            addToWhatIsBelieved(forwarded, sender, host, tls);
        } else {
            addOwn(forwarded, sender.address(), host, tls ? "https" : "http");
        }
        var given = sender.isTrusted() ? forwarded.get(Header.X_REQUEST_ID) : null;
        var id = given == null ? ids.next() : given;
        if (given == null) {
            forwarded.set(Header.X_REQUEST_ID, id);
        }
        if (!sender.isTrusted() || !forwarded.has(Header.X_REQUEST_START)) {
            forwarded.set(Header.X_REQUEST_START, "t=" + now);
        }
        return id;
    }

    /**
     * The IP address of the client, as {@code X-Real-IP} tells it.
     *
     * @param named the one that a trusted proxy names in the header for that; null if none does
     * @return null if it is not known
     */
    public static String clientOf(Fields received, Sender sender, String named) {
        if (named != null) {
            return named;
        }
        return sender.isTrusted()
                ? ForwardedHeaders.realIp(
                        received.combined(Header.X_FORWARDED_FOR),
                        received.get(Header.X_REAL_IP),
                        sender.address(),
                        sender::isProxy)
                : sender.address();
    }

    /**
     * Begins the list of addresses with the client that a trusted proxy names, if there is no list; to be called before {@link
     * #addClient}.
     *
     * @param named the client's IP address
     */
    public static void nameClient(Fields forwarded, String named) {
        if (!forwarded.has(Header.X_FORWARDED_FOR)) {
            forwarded.set(Header.X_FORWARDED_FOR, named);
        }
    }

    private static void addOwn(Fields forwarded, String address, String host, String proto) {
        forwarded.set(Header.X_FORWARDED_FOR, address);
        forwarded.set(Header.X_REAL_IP, address);
        forwarded.set(Header.X_FORWARDED_PROTO, proto);
        forwarded.set(Header.X_FORWARDED_PORT, ForwardedHeaders.port(host, proto));
        if (host != null) {
            forwarded.set(Header.X_FORWARDED_HOST, host);
        }
    }

    private static void addToWhatIsBelieved(Fields forwarded, Sender sender, String host, boolean tls) {
        var address = sender.address();
        var chain = forwarded.combined(Header.X_FORWARDED_FOR);
        forwarded.setOrRemove(Header.X_REAL_IP, clientOf(forwarded, sender, null));
        forwarded.setOrRemove(Header.X_FORWARDED_FOR, ForwardedHeaders.forwardedFor(chain, address));
        var proto = ForwardedHeaders.keepOr(forwarded.get(Header.X_FORWARDED_PROTO), tls ? "https" : "http");
        forwarded.set(Header.X_FORWARDED_PROTO, proto);
        var askedFor = ForwardedHeaders.keepOr(forwarded.get(Header.X_FORWARDED_HOST), host);
        forwarded.setOrRemove(Header.X_FORWARDED_HOST, askedFor);
        forwarded.set(
                Header.X_FORWARDED_PORT,
                ForwardedHeaders.keepOr(
                        forwarded.get(Header.X_FORWARDED_PORT), ForwardedHeaders.port(askedFor, proto)));
    }
}
