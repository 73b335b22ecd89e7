package io.wunderproxy.proxy.vertx;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.vertx.core.http.HttpServerResponse;
import io.wunderproxy.proxy.loop.Terms;
import io.wunderproxy.proxy.rules.FieldLines;
import io.wunderproxy.proxy.rules.Header;
import io.wunderproxy.proxy.rules.HopByHopHeaders;
import io.wunderproxy.proxy.rules.ResponseHeaderPlan;

/** Makes the head that the client gets out of the one that the backend sent. */
final class ResponseHead {
    private static final int NOT_MODIFIED = 304;

    private ResponseHead() {}

    /** Takes back what Vert.x says at the last moment of the length of a 204. */
    static void removeLengthOf204(HttpServerResponse response) {
        if (response.getStatusCode() == ResponseHeaderPlan.NO_CONTENT) {
            response.headers().remove(HttpHeaderNames.CONTENT_LENGTH);
        }
    }

    /** Decides which of these headers are forwarded. */
    static ResponseHeaderPlan planFor(HttpHeaders received, int status) {
        return new ResponseHeaderPlan(
                status,
                received.contains(HttpHeaderNames.TRANSFER_ENCODING),
                received.contains(HttpHeaderNames.CONNECTION)
                        ? FieldLines.combined(received.getAll(HttpHeaderNames.CONNECTION))
                        : null);
    }

    /**
     * Copies status and headers but for those that concern the connection to the backend only, then makes the changes that the
     * revision asks for.
     *
     * @return whether the body's length is among them
     * @throws IllegalArgumentException if a header is not valid
     */
    static boolean copy(HttpResponse from, HttpServerResponse to, boolean http2, Terms terms) {
        var status = from.status();
        to.setStatusCode(status.code());
        // Vert.x knows a 304 only with the usual reason, and must not add a length to it.
        if (status != HttpResponseStatus.valueOf(status.code()) && status.code() != NOT_MODIFIED && !http2) {
            to.setStatusMessage(status.reasonPhrase());
        }
        var plan = planFor(from.headers(), status.code());
        var copied = to.headers();
        var length = false;
        for (var all = from.headers().iteratorCharSequence(); all.hasNext(); ) {
            var header = all.next();
            if (plan.passes(header.getKey())) {
                length |= Header.CONTENT_LENGTH.is(header.getKey());
                copied.add(header.getKey(), header.getValue());
            }
        }
        terms.withoutHeaders().forEach(copied::remove);
        terms.headers().forEach(copied::set);
        return length;
    }

    /** Copies what came behind the body. */
    static void copyTrailers(HttpHeaders trailers, HttpServerResponse to) {
        if (trailers.isEmpty()) {
            return;
        }
        var copied = to.trailers();
        for (var all = trailers.iteratorCharSequence(); all.hasNext(); ) {
            var trailer = all.next();
            if (HopByHopHeaders.isTrailer(trailer.getKey())) {
                copied.add(trailer.getKey(), trailer.getValue());
            }
        }
    }
}
