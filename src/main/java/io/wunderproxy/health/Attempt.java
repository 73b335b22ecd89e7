package io.wunderproxy.health;

import io.netty.channel.ConnectTimeoutException;
import java.net.ConnectException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** One probe under way. Its first end counts, and closes the connection. */
final class Attempt {

    private final Duration timeout;
    private final CompletableFuture<ProbeResult> outcome = new CompletableFuture<>();

    /** The result if nothing else happens before the timeout. */
    private volatile ProbeResult soFar;

    Attempt(Duration timeout) {
        this.timeout = timeout;
        this.soFar = new ProbeResult.Unreachable("no response within " + timeout.toMillis() + " ms");
    }

    Duration timeout() {
        return timeout;
    }

    /** @param close closes the connection; whoever waits no longer leaves no open one behind */
    void connected(Runnable close) {
        soFar = new ProbeResult.Silent(timeout);
        outcome.whenComplete((result, failure) -> close.run());
    }

    void soFar(ProbeResult result) {
        soFar = result;
    }

    /** Ends with what is known so far. */
    void end() {
        end(soFar);
    }

    void end(ProbeResult result) {
        outcome.complete(result);
    }

    void failed(Throwable e) {
        var reason = Objects.toString(e.getMessage(), e.getClass().getSimpleName())
                .lines()
                .findFirst()
                .orElse("");
        end(
                switch (e) {
                    case ConnectTimeoutException _ ->
                        new ProbeResult.Unreachable("no response to the connection attempt");
                    case ConnectException _ when reason.contains("refused") -> new ProbeResult.Refused();
                    case ConnectException _ -> new ProbeResult.Unreachable(reason);
                    default -> new ProbeResult.Broken(reason);
                });
    }

    /** Blocks until the probe has ended, for as long as the timeout at most. */
    ProbeResult await() throws InterruptedException {
        try {
            return outcome.get(timeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            end();
            return outcome.join();
        } catch (ExecutionException e) {
            throw new IllegalStateException("a probe ends with a result", e);
        } finally {
            end();
        }
    }
}
