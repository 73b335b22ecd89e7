package io.wunderproxy.manager;

import io.vertx.core.Future;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.net.impl.ConnectionBase;
import io.vertx.ext.web.RoutingContext;
import io.wunderproxy.deployment.DeploymentException;
import java.io.IOException;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;
import org.jboss.logging.Logger;

/**
 * Responses that last as long as there is something to send and the client listens. Each has a virtual thread of its own, which
 * is interrupted when the client leaves. Their number is bounded: when it is reached, a newcomer cuts off the oldest of the
 * address that has the most, so that silent listeners lock nobody out.
 */
final class LiveResponses {

    private static final Logger LOG = Logger.getLogger(LiveResponses.class);

    /** How long a client may take nothing before it is cut off. */
    private static final Duration PATIENCE = Duration.ofMinutes(1);

    private final Places<Thread> places;

    LiveResponses(int most) {
        places = new Places<>(most);
    }

    /** Writes a response; may block. */
    interface Writer {
        void write(LiveResponse response) throws DeploymentException, IOException, InterruptedException;
    }

    /** A response under way. */
    static final class LiveResponse {

        private final HttpServerResponse response;

        private LiveResponse(HttpServerResponse response) {
            this.response = response;
        }

        /** Sends the head, after which no failure can be reported. */
        void begin(String contentType) throws IOException, InterruptedException {
            response.setChunked(true)
                    .putHeader(HttpHeaders.CONTENT_TYPE, contentType)
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    .putHeader("X-Accel-Buffering", "no");
            await(response.writeHead());
        }

        /** Writes this, and returns when the client's connection has taken it. */
        void write(String text) throws IOException, InterruptedException {
            await(response.write(text));
        }

        private static void await(Future<Void> written) throws IOException, InterruptedException {
            try {
                written.toCompletionStage().toCompletableFuture().get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
            } catch (ExecutionException e) {
                throw new IOException("the client has left", e.getCause());
            } catch (TimeoutException e) {
                throw new IOException("the client takes nothing", e);
            }
        }
    }

    /** Responds to this request with what the writer writes. */
    void respond(RoutingContext context, Writer writer) {
        var remote = context.request().remoteAddress();
        var address = remote == null ? "" : Objects.requireNonNullElse(remote.hostAddress(), "");
        var thread = new AtomicReference<Thread>();
        thread.set(Thread.ofVirtual().name("live-response").unstarted(() -> {
            try {
                run(context, writer);
            } finally {
                places.leave(address, thread.get());
            }
        }));
        var leaving = places.take(address, thread.get(), anybody -> true);
        if (leaving != null) {
            leaving.interrupt();
        }
        context.addEndHandler(end -> thread.get().interrupt());
        thread.get().start();
    }

    private static void run(RoutingContext context, Writer writer) {
        try {
            writer.write(new LiveResponse(context.response()));
            context.response().end();
        } catch (DeploymentException e) {
            refuse(context, ErrorMapper.status(e.failure().kind()), e.failure().text());
        } catch (IOException | InterruptedException e) {
            LOG.debugf("a response was cut off: %s", Objects.requireNonNullElse(e.getMessage(), "the client has left"));
            cut(context);
        } catch (RuntimeException e) {
            LOG.error("unexpected error in a manager call (please report)", e);
            context.response().reset();
        }
    }

    /** Closes the connection without waiting for the client to take what was written. */
    private static void cut(RoutingContext context) {
        context.response().reset();
        var channel = ((ConnectionBase) context.request().connection()).channel();
        channel.eventLoop().execute(channel::close);
    }

    static void refuse(RoutingContext context, int status, String reason) {
        var response = context.response();
        if (response.headWritten()) {
            response.reset();
            return;
        }
        var content = Failures.content(status, reason, context.request().getHeader(HttpHeaders.ACCEPT));
        response.setStatusCode(status)
                .putHeader(HttpHeaders.CONTENT_TYPE, content.contentType())
                .end(content.body());
    }
}
