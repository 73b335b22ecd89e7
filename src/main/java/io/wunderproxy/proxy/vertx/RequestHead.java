package io.wunderproxy.proxy.vertx;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.wunderproxy.proxy.rules.Compression;
import io.wunderproxy.proxy.rules.FieldLines;
import io.wunderproxy.proxy.rules.ForwardedHeaders;
import io.wunderproxy.proxy.rules.HeaderOptions;
import io.wunderproxy.proxy.rules.HopByHopHeaders;
import io.wunderproxy.proxy.rules.RequestIds;
import io.wunderproxy.proxy.rules.ReservedHeaders;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** Makes the headers that the backend gets out of those that the client sent. */
final class RequestHead {
    private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
    private static final AsciiString X_FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString X_FORWARDED_PORT = AsciiString.cached("X-Forwarded-Port");
    private static final AsciiString X_REAL_IP = AsciiString.cached("X-Real-IP");
    private static final AsciiString FORWARDED = AsciiString.cached("Forwarded");
    private static final AsciiString X_REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString X_REQUEST_START = AsciiString.cached("X-Request-Start");

    private RequestHead() {}

    /**
     * The headers to forward: those of the request itself for HTTP/1.1, which are changed, else a copy. Whether they
     * announce a body is decided by {@code hasBody} alone.
     *
     * @param http2 whether the request came by HTTP/2
     * @param hasBody whether there is a body, be it empty
     * @param toHttp1 whether it goes on by HTTP/1.1
     */
    static HeadersMultiMap forwarded(HttpServerRequest request, boolean http2, boolean hasBody, boolean toHttp1) {
        var forwarded = http2 ? copyOf(request) : (HeadersMultiMap) request.headers();
        var connectionHeader = forwarded.get(HttpHeaderNames.CONNECTION);
        var upgrade = connectionHeader == null ? null : requestedProtocol(request, forwarded, toHttp1);
        var te = forwarded.contains(HttpHeaderNames.TE) ? String.join(",", forwarded.getAll(HttpHeaderNames.TE)) : null;
        removeHopByHop(forwarded, connectionHeader);
        if (upgrade != null) {
            forwarded.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            forwarded.set(HttpHeaderNames.UPGRADE, upgrade);
        } else if (te != null && HopByHopHeaders.hasToken(te, "trailers")) {
            if (toHttp1) {
                forwarded.set(HttpHeaderNames.CONNECTION, HttpHeaderNames.TE);
            }
            forwarded.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
        }
        var length = forwarded.get(HttpHeaderNames.CONTENT_LENGTH);
        if (hasBody && length == null) {
            forwarded.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
        } else if (!hasBody && length != null && !length.equals("0")) {
            forwarded.remove(HttpHeaderNames.CONTENT_LENGTH);
        }
        return forwarded;
    }

    /**
     * Tells how long a body is that was read whole.
     *
     * @param trailers whether something comes behind it, which HTTP/1.1 can only say of a chunked body
     */
    static void frame(HeadersMultiMap forwarded, String method, long length, boolean trailers) {
        if (trailers) {
            forwarded.remove(HttpHeaderNames.CONTENT_LENGTH);
            forwarded.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
            return;
        }
        forwarded.remove(HttpHeaderNames.TRANSFER_ENCODING);
        if (length > 0 || !method.equals("GET") && !method.equals("HEAD") && !method.equals("DELETE")) {
            forwarded.set(HttpHeaderNames.CONTENT_LENGTH, Long.toString(length));
        }
    }

    /**
     * Makes the validators that a client was told of compressed responses those that the application knows. No part of such a
     * response can be had, as its bytes are not the application's: the whole is asked for instead.
     *
     * @return the client's {@code If-None-Match} if it was changed, else null
     */
    static String restoreValidators(HeadersMultiMap forwarded) {
        restore(forwarded, HttpHeaderNames.IF_MATCH);
        var range = forwarded.get(HttpHeaderNames.IF_RANGE);
        if (range != null && Compression.hasMark(range)) {
            forwarded.remove(HttpHeaderNames.IF_RANGE);
            forwarded.remove(HttpHeaderNames.RANGE);
        }
        return restore(forwarded, HttpHeaderNames.IF_NONE_MATCH);
    }

    private static String restore(HeadersMultiMap forwarded, AsciiString name) {
        var sent = FieldLines.combined(forwarded.getAll(name));
        var known = sent == null ? null : Compression.unmark(sent);
        if (known == sent) {
            return null;
        }
        forwarded.set(name, known);
        return sent;
    }

    /** Whether a body follows these headers. */
    static boolean announcesBody(HeadersMultiMap forwarded) {
        return forwarded.contains(HttpHeaderNames.CONTENT_LENGTH)
                || forwarded.contains(HttpHeaderNames.TRANSFER_ENCODING);
    }

    /** The request's id. */
    static String idOf(HeadersMultiMap forwarded) {
        return forwarded.get(X_REQUEST_ID);
    }

    /** HTTP/2 has the host beside the headers, and may split cookies (RFC 9113, sections 8.3.1 and 8.2.3). */
    private static HeadersMultiMap copyOf(HttpServerRequest request) {
        var copy = HeadersMultiMap.httpHeaders();
        for (Map.Entry<String, String> header : request.headers()) {
            if (header.getKey().charAt(0) != ':') {
                copy.add((CharSequence) header.getKey(), header.getValue());
            }
        }
        if (request.authority() != null) {
            copy.set(HttpHeaderNames.HOST, request.authority().toString());
        }
        var cookies = copy.getAll(HttpHeaderNames.COOKIE);
        if (cookies.size() > 1) {
            copy.set(HttpHeaderNames.COOKIE, String.join("; ", cookies));
        }
        return copy;
    }

    /**
     * The protocol that an HTTP/1.1 client wants to switch to, by any method and with or without a body, or null. A
     * backend that switched to h2c would take requests that nobody here has checked.
     */
    private static String requestedProtocol(HttpServerRequest request, HttpHeaders received, boolean toHttp1) {
        var upgrade = received.get(HttpHeaderNames.UPGRADE);
        return upgrade != null
                        && toHttp1
                        && request.version() == HttpVersion.HTTP_1_1
                        && !HopByHopHeaders.hasToken(String.join(",", received.getAll(HttpHeaderNames.UPGRADE)), "h2c")
                        && HopByHopHeaders.hasToken(
                                String.join(",", received.getAll(HttpHeaderNames.CONNECTION)), "upgrade")
                ? upgrade
                : null;
    }

    private static void removeHopByHop(HeadersMultiMap forwarded, String connectionHeader) {
        var named = connectionHeader == null ? "" : FieldLines.combined(forwarded.getAll(HttpHeaderNames.CONNECTION));
        var namesOthers = HopByHopHeaders.namesOthers(named);
        removeIf(
                forwarded,
                name -> HopByHopHeaders.isHopByHop(name) || namesOthers && HopByHopHeaders.isNamedBy(named, name));
    }

    private static void removeIf(HeadersMultiMap forwarded, Predicate<CharSequence> unwanted) {
        List<CharSequence> found = null;
        for (var all = forwarded.iteratorCharSequence(); all.hasNext(); ) {
            var name = all.next().getKey();
            if (unwanted.test(name)) {
                if (found == null) {
                    found = new ArrayList<>();
                }
                found.add(name);
            }
        }
        if (found != null) {
            found.forEach(forwarded::remove);
        }
    }

    /**
     * Says who the client is, and gives the request an id and a time. What the client says of that itself is removed before, unless
     * it is a trusted proxy.
     */
    static void addClient(
            HeadersMultiMap forwarded, ClientConnection client, boolean tls, RequestIds ids, HeaderOptions options) {
        var trusted = client.isTrusted();
        var underscores = options.underscores();
        removeIf(forwarded, name -> !ReservedHeaders.mayPass(name, trusted, underscores));
        var host = forwarded.get(HttpHeaderNames.HOST);
        if (options.forwarded()) {
            forwarded.set(
                    FORWARDED,
                    ForwardedHeaders.forwarded(
                            FieldLines.combined(forwarded.getAll(FORWARDED)), client.address(), host, tls));
        }
        if (trusted) {
            addToWhatIsBelieved(forwarded, client, host, tls);
        } else {
            forwarded.set(X_FORWARDED_FOR, client.address());
            forwarded.set(X_REAL_IP, client.address());
            var proto = tls ? "https" : "http";
            forwarded.set(X_FORWARDED_PROTO, proto);
            forwarded.set(X_FORWARDED_PORT, ForwardedHeaders.port(host, proto));
            if (host != null) {
                forwarded.set(X_FORWARDED_HOST, host);
            }
        }
        if (!trusted || !forwarded.contains(X_REQUEST_ID)) {
            forwarded.set(X_REQUEST_ID, ids.next());
        }
        if (!trusted || !forwarded.contains(X_REQUEST_START)) {
            forwarded.set(X_REQUEST_START, "t=" + System.currentTimeMillis());
        }
    }

    private static void addToWhatIsBelieved(
            HeadersMultiMap forwarded, ClientConnection client, String host, boolean tls) {
        var chain = FieldLines.combined(forwarded.getAll(X_FORWARDED_FOR));
        setOrRemove(
                forwarded,
                X_REAL_IP,
                ForwardedHeaders.realIp(chain, forwarded.get(X_REAL_IP), client.address(), client::isProxy));
        setOrRemove(forwarded, X_FORWARDED_FOR, ForwardedHeaders.forwardedFor(chain, client.address()));
        var proto = ForwardedHeaders.keepOr(forwarded.get(X_FORWARDED_PROTO), tls ? "https" : "http");
        forwarded.set(X_FORWARDED_PROTO, proto);
        var askedFor = ForwardedHeaders.keepOr(forwarded.get(X_FORWARDED_HOST), host);
        setOrRemove(forwarded, X_FORWARDED_HOST, askedFor);
        forwarded.set(
                X_FORWARDED_PORT,
                ForwardedHeaders.keepOr(forwarded.get(X_FORWARDED_PORT), ForwardedHeaders.port(askedFor, proto)));
    }

    private static void setOrRemove(HeadersMultiMap forwarded, AsciiString name, String value) {
        if (value == null) {
            forwarded.remove(name);
        } else {
            forwarded.set(name, value);
        }
    }
}
