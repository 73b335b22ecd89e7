package io.wunderproxy.health;

import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.util.Map;
import java.util.function.Consumer;

/** Sends the requests of probes. Every one uses a connection of its own, as a new client would. */
final class ProbeRequests {

    private final HttpClient client;
    private final HttpClient http2Client;

    ProbeRequests(Vertx vertx) {
        this.client = vertx.createHttpClient(options());
        this.http2Client = vertx.createHttpClient(
                options().setProtocolVersion(HttpVersion.HTTP_2).setHttp2ClearTextUpgrade(false));
    }

    private static HttpClientOptions options() {
        return new HttpClientOptions()
                .setKeepAlive(false)
                .setMaxPoolSize(100)
                .setMaxHeaderSize(64 * 1024)
                .setMaxInitialLineLength(16 * 1024);
    }

    /** A request to this address, with the headers that all probes have, and these. */
    static RequestOptions to(Target.At target, HttpMethod method, String uri, Map<String, String> headers) {
        var options = new RequestOptions()
                .setMethod(method)
                .setServer(SocketAddress.inetSocketAddress(target.port(), target.host()))
                .setHost(target.host().contains(":") ? "[" + target.host() + "]" : target.host())
                .setPort(target.port())
                .setURI(uri)
                .putHeader("User-Agent", "wunderproxy-health")
                .putHeader("X-Forwarded-Proto", "https");
        headers.forEach(options::putHeader);
        return options;
    }

    /** @param judge ends the attempt by the response; called on its event loop, before anything of the body is read */
    void send(RequestOptions options, boolean http2, Buffer body, Attempt attempt, Consumer<HttpClientResponse> judge) {
        options.setConnectTimeout(attempt.timeout().toMillis());
        (http2 ? http2Client : client)
                .request(options)
                .compose(request -> {
                    attempt.connected(() -> request.connection().close());
                    return body.length() == 0 ? request.send() : request.send(body);
                })
                .onFailure(attempt::failed)
                .onSuccess(judge::accept);
    }
}
