package io.wunderproxy.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.util.AsciiString;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** Makes the headers that the backend gets out of those that the client sent. */
final class RequestHead {
    private static final AsciiString X_FORWARDED_FOR = AsciiString.cached("X-Forwarded-For");
    private static final AsciiString X_FORWARDED_PROTO = AsciiString.cached("X-Forwarded-Proto");
    private static final AsciiString X_FORWARDED_HOST = AsciiString.cached("X-Forwarded-Host");
    private static final AsciiString FORWARDED = AsciiString.cached("Forwarded");
    private static final AsciiString X_REQUEST_ID = AsciiString.cached("X-Request-Id");
    private static final AsciiString X_REQUEST_START = AsciiString.cached("X-Request-Start");
    private static final AsciiString KEEP_ALIVE = AsciiString.cached("keep-alive");
    private static final AsciiString HTTP2_SETTINGS = AsciiString.cached("http2-settings");
    private static final AsciiString PROXY_CONNECTION = AsciiString.cached("proxy-connection");

    private RequestHead() {}

    /**
     * The headers to forward: those of the request itself for HTTP/1.1, which are changed, else a copy.
     *
     * @param http2 whether the request came by HTTP/2
     * @param toHttp1 whether it goes on by HTTP/1.1
     */
    static HeadersMultiMap forwarded(HttpServerRequest request, boolean http2, boolean hasBody, boolean toHttp1) {
        var forwarded = http2 ? copyOf(request) : (HeadersMultiMap) request.headers();
        var connectionHeader = forwarded.get(HttpHeaderNames.CONNECTION);
        var upgrade = connectionHeader == null ? null : requestedProtocol(request, forwarded, hasBody);
        var chunked = forwarded.contains(HttpHeaderNames.TRANSFER_ENCODING);
        var te = forwarded.get(HttpHeaderNames.TE);
        if (connectionHeader != null) {
            removeNamedBy(String.join(",", forwarded.getAll(HttpHeaderNames.CONNECTION)), forwarded);
        }
        forwarded.remove(HttpHeaderNames.CONNECTION);
        forwarded.remove(KEEP_ALIVE);
        forwarded.remove(PROXY_CONNECTION);
        forwarded.remove(HttpHeaderNames.UPGRADE);
        forwarded.remove(HTTP2_SETTINGS);
        forwarded.remove(HttpHeaderNames.TE);
        forwarded.remove(HttpHeaderNames.TRANSFER_ENCODING);
        forwarded.remove(HttpHeaderNames.PROXY_AUTHENTICATE);
        forwarded.remove(HttpHeaderNames.PROXY_AUTHORIZATION);
        if (upgrade != null) {
            forwarded.set(HttpHeaderNames.CONNECTION, HttpHeaderValues.UPGRADE);
            forwarded.set(HttpHeaderNames.UPGRADE, upgrade);
        } else if (te != null && HopByHopHeaders.hasToken(te, "trailers")) {
            if (toHttp1) {
                forwarded.set(HttpHeaderNames.CONNECTION, HttpHeaderNames.TE);
            }
            forwarded.set(HttpHeaderNames.TE, HttpHeaderValues.TRAILERS);
        }
        if (chunked || hasBody && !forwarded.contains(HttpHeaderNames.CONTENT_LENGTH)) {
            forwarded.set(HttpHeaderNames.TRANSFER_ENCODING, HttpHeaderValues.CHUNKED);
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
     * The protocol that an HTTP/1.1 client wants to switch to, or null; a request to do so has no body here. A backend
     * that switched to h2c would take requests that nobody here has checked.
     */
    private static String requestedProtocol(HttpServerRequest request, HttpHeaders received, boolean hasBody) {
        var upgrade = received.get(HttpHeaderNames.UPGRADE);
        return upgrade != null
                        && !hasBody
                        && request.version() == HttpVersion.HTTP_1_1
                        && !HopByHopHeaders.hasToken(String.join(",", received.getAll(HttpHeaderNames.UPGRADE)), "h2c")
                        && HopByHopHeaders.hasToken(
                                String.join(",", received.getAll(HttpHeaderNames.CONNECTION)), "upgrade")
                ? upgrade
                : null;
    }

    private static void removeNamedBy(String connectionHeader, HeadersMultiMap from) {
        if (!HopByHopHeaders.namesOthers(connectionHeader)) {
            return;
        }
        for (var name : from.names()) {
            if (HopByHopHeaders.isRemovable(name)
                    && HopByHopHeaders.hasToken(connectionHeader, name.toLowerCase(Locale.ROOT))) {
                from.remove((CharSequence) name);
            }
        }
    }

    /** Says who the client is, and gives the request an id and a time. */
    static void addClient(
            HeadersMultiMap forwarded, ClientConnection client, boolean tls, RequestIds ids, boolean standardHeader) {
        var trusted = client.isTrusted();
        if (standardHeader) {
            forwarded.set(
                    FORWARDED,
                    ForwardedHeaders.forwarded(
                            trusted ? listOf(forwarded.getAll(FORWARDED)) : null,
                            client.address(),
                            forwarded.get(HttpHeaderNames.HOST),
                            tls));
        } else if (!trusted) {
            forwarded.remove(FORWARDED);
        }
        var forwardedFor = ForwardedHeaders.forwardedFor(
                trusted ? listOf(forwarded.getAll(X_FORWARDED_FOR)) : null, client.address(), trusted);
        if (forwardedFor == null) {
            forwarded.remove(X_FORWARDED_FOR);
        } else {
            forwarded.set(X_FORWARDED_FOR, forwardedFor);
        }
        forwarded.set(
                X_FORWARDED_PROTO,
                ForwardedHeaders.proto(trusted ? forwarded.get(X_FORWARDED_PROTO) : null, tls, trusted));
        var host = forwarded.get(HttpHeaderNames.HOST);
        if (host != null) {
            forwarded.set(
                    X_FORWARDED_HOST,
                    ForwardedHeaders.keepOr(trusted ? forwarded.get(X_FORWARDED_HOST) : null, host, trusted));
        } else if (!trusted) {
            forwarded.remove(X_FORWARDED_HOST);
        }
        if (!trusted || !forwarded.contains(X_REQUEST_ID)) {
            forwarded.set(X_REQUEST_ID, ids.next());
        }
        if (!trusted || !forwarded.contains(X_REQUEST_START)) {
            forwarded.set(X_REQUEST_START, "t=" + System.currentTimeMillis());
        }
    }

    private static String listOf(List<String> values) {
        return values.isEmpty() ? null : String.join(", ", values);
    }
}
