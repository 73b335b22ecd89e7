package io.wunderproxy.proxy.vertx;

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
import io.wunderproxy.proxy.body.BodyEncoder;
import io.wunderproxy.proxy.body.GzipEncoder;
import io.wunderproxy.proxy.body.ZstdEncoder;
import io.wunderproxy.proxy.rules.Compression;
import io.wunderproxy.proxy.rules.CompressionOptions;
import io.wunderproxy.proxy.rules.FieldLines;
import io.wunderproxy.proxy.rules.HopByHopHeaders;
import java.time.Duration;
import java.util.Locale;

/** Makes the head that the client gets out of the one that the backend sent. */
final class AnswerHead {
    private static final AsciiString STRICT_TRANSPORT_SECURITY = AsciiString.cached("Strict-Transport-Security");

    private static final AsciiString CONTENT_DIGEST = AsciiString.cached("Content-Digest");
    private static final AsciiString REPR_DIGEST = AsciiString.cached("Repr-Digest");
    private static final AsciiString DIGEST = AsciiString.cached("Digest");

    /** Has no body, and says of no length, not even 0 (RFC 9110, section 8.6). */
    static final int NO_CONTENT = 204;

    private AnswerHead() {}

    /** Takes back what Vert.x says at the last moment of the length of a 204. */
    static void removeLengthOf204(HttpServerResponse response) {
        if (response.getStatusCode() == NO_CONTENT) {
            response.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
        }
    }

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
            if (HopByHopHeaders.isHopByHop(name) || namesOthers && HopByHopHeaders.isNamedBy(connectionHeader, name)) {
                continue;
            }
            if (HttpHeaderNames.CONTENT_LENGTH.contentEqualsIgnoreCase(name)) {
                if (chunked || status.code() == NO_CONTENT || status.code() < 200) {
                    continue;
                }
                length = true;
            }
            answered.add(name, header.getValue());
        }
        return length;
    }

    /** Tells browsers to come through TLS only (RFC 6797), unless the backend has said so or {@code maxAge} is zero. */
    static void addHsts(MultiMap answered, Duration maxAge) {
        if (!maxAge.isZero() && !answered.contains(STRICT_TRANSPORT_SECURITY)) {
            answered.set(STRICT_TRANSPORT_SECURITY, "max-age=" + maxAge.toSeconds());
        }
    }

    /**
     * Announces a compressed body if the client and the answer allow it, to HEAD as to GET, and in a 304 tells the validator of the
     * response that the client has. The caches in between are told of the choice in any case.
     *
     * @param validators the request's {@code If-None-Match}, if it names a compressed response; else null
     * @return what compresses the body; null if it stays as it is or there is none
     */
    static BodyEncoder compress(
            MultiMap answered, int status, HttpServerRequest request, CompressionOptions options, String validators) {
        if (status == HttpResponseStatus.NOT_MODIFIED.code()) {
            if (validators != null) {
                tellKnownValidator(answered, request, options, validators);
            }
            return null;
        }
        var type = answered.get(HttpHeaderNames.CONTENT_TYPE);
        if (!Compression.isCompressible(type)) {
            return null;
        }
        answered.set(
                HttpHeaderNames.VARY, Compression.vary(FieldLines.combined(answered.getAll(HttpHeaderNames.VARY))));
        var announced = answered.get(HttpHeaderNames.CONTENT_LENGTH);
        var length = announced == null ? -1 : Long.parseLong(announced);
        if (request.version() == HttpVersion.HTTP_1_0
                || !Compression.isAllowed(
                        status,
                        length,
                        options.minimum(),
                        answered.get(HttpHeaderNames.CONTENT_ENCODING),
                        FieldLines.combined(answered.getAll(HttpHeaderNames.CACHE_CONTROL)))) {
            return null;
        }
        var coding = Compression.choose(
                options.codings(),
                FieldLines.combined(request.headers().getAll(HttpHeaderNames.ACCEPT_ENCODING)),
                length >= 0 && length <= ZstdEncoder.LARGEST);
        if (coding == null) {
            return null;
        }
        answered.set(HttpHeaderNames.CONTENT_ENCODING, coding.name().toLowerCase(Locale.ROOT));
        answered.remove(HttpHeaderNames.CONTENT_LENGTH);
        answered.remove(HttpHeaderNames.ACCEPT_RANGES);
        // They are about the bytes as the backend sent them.
        answered.remove(CONTENT_DIGEST);
        answered.remove(REPR_DIGEST);
        answered.remove(DIGEST);
        answered.remove(HttpHeaderNames.CONTENT_MD5);
        var etag = answered.get(HttpHeaderNames.ETAG);
        if (etag != null) {
            answered.set(HttpHeaderNames.ETAG, Compression.mark(etag, coding));
        }
        if (request.method() == HttpMethod.HEAD) {
            return null;
        }
        return switch (coding) {
            case GZIP -> new GzipEncoder();
            case ZSTD -> new ZstdEncoder();
        };
    }

    private static void tellKnownValidator(
            MultiMap answered, HttpServerRequest request, CompressionOptions options, String validators) {
        var etag = answered.get(HttpHeaderNames.ETAG);
        if (etag == null) {
            return;
        }
        var liked = Compression.choose(
                options.codings(),
                FieldLines.combined(request.headers().getAll(HttpHeaderNames.ACCEPT_ENCODING)),
                true);
        var known = Compression.known(etag, validators, liked);
        if (!known.equals(etag)) {
            answered.set(HttpHeaderNames.ETAG, known);
            answered.set(
                    HttpHeaderNames.VARY, Compression.vary(FieldLines.combined(answered.getAll(HttpHeaderNames.VARY))));
        }
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
}
