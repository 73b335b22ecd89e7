package io.wunderproxy.proxy.vertx;

import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.http.impl.headers.HeadersMultiMap;
import java.util.Locale;

/**
 * Passes an interim response, 100 to 199, on to the client: any of them, since Vert.x knows only two. A client of HTTP/1.0
 * gets none (RFC 9110, section 15.2).
 */
final class InterimResponse {
    /** The class of status codes of interim responses, none of which has a body. */
    private static final int INTERIM = 100;

    private InterimResponse() {}

    /**
     * @param http the client's version, times ten
     * @throws IllegalArgumentException if a header is not valid
     */
    static void send(HttpResponse interim, ClientConnection client, int http, HttpServerResponse response) {
        var forwardable = forwardable(interim.headers());
        if (http < 11) {
            return;
        }
        if (client.isHttp2()) {
            var headers = new DefaultHttp2Headers().status(interim.status().codeAsText());
            forwardable.forEach(header -> headers.add(header.getKey().toLowerCase(Locale.ROOT), header.getValue()));
            client.sendInterim(response.streamId(), headers);
        } else {
            client.sendInterim(new DefaultFullHttpResponse(
                    HttpVersion.HTTP_1_1,
                    interim.status(),
                    Unpooled.EMPTY_BUFFER,
                    forwardable,
                    EmptyHttpHeaders.INSTANCE));
        }
    }

    private static HttpHeaders forwardable(HttpHeaders received) {
        var headers = HeadersMultiMap.httpHeaders();
        var plan = ResponseHead.planFor(received, INTERIM);
        received.forEach(header -> {
            var name = header.getKey();
            if (plan.passes(name)) {
                headers.add((CharSequence) name, (CharSequence) header.getValue());
            }
        });
        return headers;
    }
}
