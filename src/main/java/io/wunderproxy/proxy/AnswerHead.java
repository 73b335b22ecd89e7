package io.wunderproxy.proxy;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.util.AsciiString;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.HttpVersion;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Makes the head that the client gets out of the one that the backend sent. */
final class AnswerHead {
    private static final AsciiString STRICT_TRANSPORT_SECURITY = AsciiString.cached("Strict-Transport-Security");

    private static final AsciiString CONTENT_DIGEST = AsciiString.cached("Content-Digest");

    private AnswerHead() {}

    /**
     * Copies status and headers but for those that concern the connection to the backend only.
     *
     * @return whether the body's length is among them
     * @throws IllegalArgumentException if a header is not valid
     */
    static boolean copy(HttpResponse from, HttpServerResponse to, boolean http2) {
        var status = from.status();
        to.setStatusCode(status.code());
        // Vert.x knows a 304 only with the usual reason, and must not add a length to it.
        if (status != HttpResponseStatus.valueOf(status.code()) && status.code() != 304 && !http2) {
            to.setStatusMessage(status.reasonPhrase());
        }
        var received = from.headers();
        var chunked = received.contains(HttpHeaderNames.TRANSFER_ENCODING);
        var connectionHeader = received.contains(HttpHeaderNames.CONNECTION)
                ? String.join(",", received.getAll(HttpHeaderNames.CONNECTION))
                : "";
        var namesOthers = HopByHopHeaders.namesOthers(connectionHeader);
        var answered = to.headers();
        var length = false;
        for (var all = received.iteratorCharSequence(); all.hasNext(); ) {
            var header = all.next();
            var name = header.getKey();
            if (HopByHopHeaders.isHopByHop(name) || namesOthers && isNamedBy(connectionHeader, name)) {
                continue;
            }
            if (HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)) {
                if (chunked) {
                    continue;
                }
                length = true;
            }
            answered.add(name, header.getValue());
        }
        return length;
    }

    private static boolean isNamedBy(String connectionHeader, CharSequence name) {
        return HopByHopHeaders.isRemovable(name)
                && HopByHopHeaders.hasToken(connectionHeader, name.toString().toLowerCase(Locale.ROOT));
    }

    /** Tells browsers to come through TLS only (RFC 6797), unless the backend has said so or {@code maxAge} is zero. */
    static void addHsts(MultiMap answered, Duration maxAge) {
        if (!maxAge.isZero() && !answered.contains(STRICT_TRANSPORT_SECURITY)) {
            answered.set(STRICT_TRANSPORT_SECURITY, "max-age=" + maxAge.toSeconds());
        }
    }

    /**
     * Announces a compressed body if the client and the answer allow it. The caches in between are told of the choice in
     * any case.
     *
     * @return what compresses the body; null if it stays as it is
     */
    static BodyEncoder compress(MultiMap answered, int status, HttpServerRequest request, ProxyOptions options) {
        var type = answered.get(HttpHeaderNames.CONTENT_TYPE);
        if (!Compression.isCompressible(type)) {
            return null;
        }
        answered.set(HttpHeaderNames.VARY, Compression.vary(listOf(answered.getAll(HttpHeaderNames.VARY))));
        var announced = answered.get(HttpHeaderNames.CONTENT_LENGTH);
        var length = announced == null ? -1 : Long.parseLong(announced);
        if (request.method() == HttpMethod.HEAD
                || request.version() == HttpVersion.HTTP_1_0
                || !Compression.isAllowed(
                        status,
                        length,
                        options.compressionMinimum(),
                        answered.get(HttpHeaderNames.CONTENT_ENCODING),
                        listOf(answered.getAll(HttpHeaderNames.CACHE_CONTROL)))) {
            return null;
        }
        var coding = Compression.choose(
                options.compression(),
                listOf(request.headers().getAll(HttpHeaderNames.ACCEPT_ENCODING)),
                length >= 0 && length <= ZstdEncoder.LARGEST);
        if (coding == null) {
            return null;
        }
        answered.set(HttpHeaderNames.CONTENT_ENCODING, coding.name().toLowerCase(Locale.ROOT));
        answered.remove(HttpHeaderNames.CONTENT_LENGTH);
        answered.remove(HttpHeaderNames.ACCEPT_RANGES);
        // They are about the bytes as the backend sent them.
        answered.remove(CONTENT_DIGEST);
        answered.remove(HttpHeaderNames.CONTENT_MD5);
        var etag = answered.get(HttpHeaderNames.ETAG);
        if (etag != null) {
            answered.set(HttpHeaderNames.ETAG, Compression.weaken(etag));
        }
        return switch (coding) {
            case GZIP -> new GzipEncoder();
            case ZSTD -> new ZstdEncoder();
        };
    }

    /** Copies what came behind the body. */
    static void copyTrailers(HttpHeaders trailers, HttpServerResponse to) {
        if (trailers.isEmpty()) {
            return;
        }
        var answered = to.trailers();
        for (var all = trailers.iteratorCharSequence(); all.hasNext(); ) {
            var trailer = all.next();
            if (HopByHopHeaders.isTrailer(trailer.getKey())) {
                answered.add(trailer.getKey(), trailer.getValue());
            }
        }
    }

    private static String listOf(List<String> values) {
        return values.isEmpty() ? null : String.join(", ", values);
    }
}
