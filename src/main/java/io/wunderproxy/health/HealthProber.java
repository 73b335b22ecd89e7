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
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Asks containers whether they are healthy. Every probe uses a connection of its own, as a new client would. */
public final class HealthProber {

    /** Two of them and two probes: an application that has become healthy is confirmed within 150 ms. */
    private static final Duration PAUSE = Duration.ofMillis(50);

    private static final int BODY_BYTES = 200;

    private final HttpClient client;
    private final HttpClient http2Client;

    public HealthProber(Vertx vertx) {
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

    /** Where a container is asked. */
    public sealed interface Target {
        record At(String host, int port) implements Target {}

        /**
         * It can't be asked now: while it starts, for example, it has no address yet.
         *
         * @param reason why
         */
        record Nowhere(String reason) implements Target {}
    }

    /** How the wait for a container to become healthy ended. */
    public sealed interface Outcome {
        record Confirmed() implements Outcome {}

        /** The container ended. */
        record Exited() implements Outcome {}

        /** The deadline passed; the last probe tells why. */
        record TooLate(ProbeResult last) implements Outcome {}
    }

    /** One probe. Blocks for as long as the check's time-out at the most. */
    public ProbeResult probe(Target target, HealthCheck check) throws InterruptedException {
        return switch (target) {
            case Target.At at -> probe(at, check);
            case Target.Nowhere(var reason) -> new ProbeResult.Unreachable(reason);
        };
    }

    private ProbeResult probe(Target.At target, HealthCheck check) throws InterruptedException {
        var answer = new CompletableFuture<ProbeResult>();
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
                    answer.whenComplete(
                            (result, failure) -> request.connection().close());
                    return request.send();
                })
                .onFailure(e -> answer.complete(failure(e)))
                .onSuccess(response -> judge(response, answer));
        try {
            return answer.get(check.timeout().toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            var result = connected.isDone()
                    ? new ProbeResult.Silent(check.timeout())
                    : new ProbeResult.Unreachable(
                            "no answer within " + check.timeout().toMillis() + " ms");
            answer.complete(result);
            return result;
        } catch (ExecutionException e) {
            throw new IllegalStateException("a probe ends with a result", e);
        }
    }

    /**
     * Probes until the container is healthy, has ended, or the deadline has passed: at once, and then every 50 ms. To an application
     * that responds slowly that it is not healthy, the pauses are as long as its responses took, but no longer than the check's
     * interval: it shall not be kept from starting by being asked.
     *
     * @param target where to probe; asked again each time
     * @param exit done when the container has ended
     * @param news told each result that is described otherwise than the one before; what the application wrote may be another text
     *     each time
     */
    public Outcome confirm(Supplier<Target> target, HealthCheck check, Future<?> exit, Consumer<ProbeResult> news)
            throws InterruptedException {
        var began = System.nanoTime();
        var successes = 0;
        ProbeResult last = null;
        while (true) {
            var where = target.get();
            var asked = System.nanoTime();
            var result = probe(where, check);
            var took = Duration.ofNanos(System.nanoTime() - asked);
            if (last == null || !result.describe().equals(last.describe())) {
                news.accept(result);
            }
            last = result;
            successes = last.healthy() ? successes + 1 : 0;
            if (successes >= check.successes()) {
                return new Outcome.Confirmed();
            }
            var pause = min(pauseAfter(result, took), check.interval());
            if (System.nanoTime() - began + pause.toNanos() >= check.deadline().toNanos()) {
                return new Outcome.TooLate(last);
            }
            if (ended(exit, pause)) {
                return new Outcome.Exited();
            }
        }
    }

    private static Duration pauseAfter(ProbeResult result, Duration took) {
        return result instanceof ProbeResult.WrongStatus && took.compareTo(PAUSE) > 0 ? took : PAUSE;
    }

    private static boolean ended(Future<?> exit, Duration within) throws InterruptedException {
        try {
            exit.get(within.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            // The engine can't tell: the probes will.
            Thread.sleep(within);
            return false;
        }
    }

    private static void judge(HttpClientResponse response, CompletableFuture<ProbeResult> answer) {
        if (response.statusCode() == 200) {
            answer.complete(new ProbeResult.Healthy());
            return;
        }
        var body = Buffer.buffer();
        Runnable done = () -> answer.complete(new ProbeResult.WrongStatus(
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
            // All of a short answer may be there before this is called, and then there are no handlers any more.
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
            case ConnectTimeoutException timeout -> new ProbeResult.Unreachable("no answer to the connection attempt");
            case ConnectException refused when reason.contains("refused") -> new ProbeResult.Refused();
            case ConnectException other -> new ProbeResult.Unreachable(reason);
            default -> new ProbeResult.Broken(reason);
        };
    }

    private static Duration min(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }
}
