package io.wunderproxy.manager;

import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.wunderproxy.deployment.DeploymentException;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.launchconfig.ConfigHash;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;

/**
 * {@code GET /deployments/{hash}/logs}: the log of a container, so far and as it grows. It may hold anything: it needs the token.
 */
@Singleton
public class LogRoute {

    private static final int MOST_READERS = 16;
    private static final int USUAL_TAIL = 100;
    private static final int LONGEST_TAIL = 10_000;

    private final Deployments deployments;
    private final RequestGuard guard;
    private final LiveResponses responses = new LiveResponses(MOST_READERS);

    LogRoute(Deployments deployments, RequestGuard guard) {
        this.deployments = deployments;
        this.guard = guard;
    }

    void register(@Observes Router router) {
        router.get("/deployments/:hash/logs").handler(guard::requireToken).handler(this::respond);
    }

    private void respond(RoutingContext context) {
        try {
            var hash = new ConfigHash(context.pathParam("hash"));
            var query = new Query(context);
            var tail = query.number("tail", 0, LONGEST_TAIL, USUAL_TAIL);
            var follow = query.flag("follow", false);
            responses.respond(context, response -> write(hash, tail, follow, response));
        } catch (IllegalArgumentException e) {
            LiveResponses.refuse(context, 400, e.getMessage());
        }
    }

    private void write(ConfigHash hash, int tail, boolean follow, LiveResponses.LiveResponse response)
            throws DeploymentException, IOException, InterruptedException {
        var log = deployments.log(hash);
        response.begin("text/plain;charset=utf-8");
        try {
            log.read(tail, follow, line -> send(line + "\n", response));
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }

    private static void send(String line, LiveResponses.LiveResponse response) {
        try {
            response.write(line);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new UncheckedIOException(new InterruptedIOException("the client has left"));
        }
    }
}
