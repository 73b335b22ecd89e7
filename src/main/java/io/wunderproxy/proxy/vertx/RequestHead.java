package io.wunderproxy.proxy.vertx;

import io.netty.handler.codec.http.HttpHeaderNames;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import io.wunderproxy.proxy.rules.RequestHeaderPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The headers of a request, from which those are made that the backend gets. */
final class RequestHead {
    private RequestHead() {}

    /**
     * The headers to begin with: those of the request itself for HTTP/1.1, which are changed, else a copy.
     *
     * @param http2 whether the request came by HTTP/2
     */
    static HeadersMultiMap of(HttpServerRequest request, boolean http2) {
        return http2 ? copyOf(request) : (HeadersMultiMap) request.headers();
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

    /** Removes the headers that are not forwarded. */
    static void sift(HeadersMultiMap headers, RequestHeaderPlan plan) {
        List<CharSequence> unwanted = null;
        for (var all = headers.iteratorCharSequence(); all.hasNext(); ) {
            var name = all.next().getKey();
            if (!plan.passes(name)) {
                if (unwanted == null) {
                    unwanted = new ArrayList<>();
                }
                unwanted.add(name);
            }
        }
        if (unwanted != null) {
            unwanted.forEach(headers::remove);
        }
    }
}
