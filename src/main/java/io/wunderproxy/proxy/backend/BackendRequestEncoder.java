package io.wunderproxy.proxy.backend;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequestEncoder;
import io.vertx.core.http.impl.headers.HeadersMultiMap;

/** Writes requests, with the headers as they came from the client and without a copy of them. */
final class BackendRequestEncoder extends HttpRequestEncoder {
    @Override
    protected void encodeHeaders(HttpHeaders headers, ByteBuf buffer) {
        if (headers instanceof HeadersMultiMap map) {
            map.encode(buffer);
        } else {
            super.encodeHeaders(headers, buffer);
        }
    }
}
