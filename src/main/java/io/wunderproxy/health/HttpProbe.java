package io.wunderproxy.health;

import io.netty.channel.ConnectTimeoutException;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.http.RequestOptions;
import io.vertx.core.net.SocketAddress;
import java.net.ConnectException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks by one request over HTTP. Every probe uses a connection of its own, as a new client would. */
public final class HttpProbe implements Probe {

    /** Enough for the words in which an application says what is wrong, behind the head of a page. */
    private static final int BODY_BYTES = 4096;

    private final HttpClient client;
    private final HttpClient http2Client;

    public HttpProbe(Vertx vertx) {
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

    @Override
    public ProbeResult ask(Target.At target, HealthCheck check) throws InterruptedException {
        var outcome = new CompletableFuture<ProbeResult>();
        var connected = new CompletableFuture<Void>();
        var options = new RequestOptions()
                .setMethod(HttpMethod.GET)
                .setServer(SocketAddress.inetSocketAddress(target.port(), target.host()))
                .setHost(target.host().contains(":") ? "[" + target.host() + "]" : target.host())
                .setPort(target.port())
                .setURI(check.path())
                .setConnectTimeout(check.timeout().toMillis())
                .putHeader("User-Agent", "wunderproxy-health")
                .putHeader("X-Forwarded-Proto", "https");
        check.headers().forEach(options::putHeader);
        (check.http2() ? http2Client : client)
                .request(options)
                .compose(request -> {
                    connected.complete(null);
                    // Whoever waits no longer leaves no open connection behind.
                    outcome.whenComplete(
                            (result, failure) -> request.connection().close());
                    return request.send();
                })
                .onFailure(e -> outcome.complete(failure(e)))
                .onSuccess(response -> judge(response, outcome));
        try {
            return outcome.get(check.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            outcome.complete(
                    connected.isDone()
                            ? new ProbeResult.Silent(check.timeout())
                            : new ProbeResult.Unreachable(
                                    "no response within " + check.timeout().toMillis() + " ms"));
            return outcome.join();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a probe ends with a result", e);
        }
    }

    private static void judge(HttpClientResponse response, CompletableFuture<ProbeResult> outcome) {
        if (response.statusCode() == 200) {
            outcome.complete(new ProbeResult.Healthy());
            return;
        }
        var body = Buffer.buffer();
        Runnable done = () -> outcome.complete(new ProbeResult.WrongStatus(
                response.statusCode(), Optional.ofNullable(response.getHeader("Location")), firstBytes(body)));
        try {
            response.handler(chunk -> {
                body.appendBuffer(chunk);
                if (body.length() >= BODY_BYTES) {
                    done.run();
                }
            });
            response.endHandler(end -> done.run());
            response.exceptionHandler(e -> done.run());
        } catch (IllegalStateException ended) {
            // All of a short response may be there before this is called, and then there are no handlers any more.
            done.run();
        }
    }

    private static String firstBytes(Buffer body) {
        return body.getString(0, Math.min(body.length(), BODY_BYTES), StandardCharsets.UTF_8.name())
                .replaceAll("[\\s\\p{Cntrl}]+", " ")
                .strip();
    }

    private static ProbeResult failure(Throwable e) {
        var reason = Objects.toString(e.getMessage(), e.getClass().getSimpleName())
                .lines()
                .findFirst()
                .orElse("");
        return switch (e) {
            case ConnectTimeoutException timeout ->
                new ProbeResult.Unreachable("no response to the connection attempt");
            case ConnectException refused when reason.contains("refused") -> new ProbeResult.Refused();
            case ConnectException other -> new ProbeResult.Unreachable(reason);
            default -> new ProbeResult.Broken(reason);
        };
    }
}
