package io.wunderproxy.manager;

import io.vertx.core.http.HttpHeaders;
import io.vertx.ext.web.Router;
import io.vertx.ext.web.RoutingContext;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventLog.FellBehindException;
import io.wunderproxy.events.EventLog.Reader;
import jakarta.enterprise.event.Observes;
import jakarta.inject.Singleton;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** {@code GET /events}: events as they happen, as server-sent events, or past ones, as a JSON array. */
@Singleton
public class EventRoute {

    static final int MOST_LISTENERS = 64;

    /** The interval of comments, which keep the connection from looking dead to whatever is in between. */
    private static final Duration KEEP_ALIVE = Duration.ofSeconds(15);

    /** How soon a browser reconnects. */
    private static final String HELLO = "retry: 1000\n\n";

    private static final String KEEP = ": keep\n\n";

    private final EventLog events;
    private final LiveResponses responses = new LiveResponses(MOST_LISTENERS);

    EventRoute(EventLog events) {
        this.events = events;
    }

    void register(@Observes Router router) {
        router.get("/events").handler(this::respond);
    }

    private void respond(RoutingContext context) {
        var json = Failures.wantsJson(context.request().getHeader(HttpHeaders.ACCEPT));
        Reader reader;
        try {
            reader = reader(context, json ? EventLog.KEPT : 0);
        } catch (IllegalArgumentException e) {
            LiveResponses.refuse(context, 400, e.getMessage());
            return;
        }
        if (json) {
            respondAtOnce(context, reader);
        } else {
            responses.respond(context, response -> {
                response.begin("text/event-stream");
                response.write(HELLO);
                follow(reader, response);
            });
        }
    }

    /**
     * Prefers the id in the header: a browser remembers it, so that it is newer than the one that the page has put into the
     * address.
     */
    private Reader reader(RoutingContext context, int usual) {
        var query = new Query(context);
        var recent = query.number("recent", 0, EventLog.KEPT, usual);
        return Optional.ofNullable(context.request().getHeader("Last-Event-ID"))
                .or(() -> query.text("after"))
                .filter(id -> !id.isBlank())
                .map(id -> events.after(id.strip()))
                .orElseGet(() -> events.recentAndNew(recent));
    }

    private static void respondAtOnce(RoutingContext context, Reader reader) {
        try {
            context.response()
                    .putHeader(HttpHeaders.CONTENT_TYPE, "application/json")
                    .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
                    .end(EventReport.of(reader.next(Duration.ZERO)).toString());
        } catch (FellBehindException e) {
            LiveResponses.refuse(context, 503, e.getMessage() + "; try again");
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            LiveResponses.refuse(context, 503, "the agent is ending");
        }
    }

    private static void follow(Reader reader, LiveResponses.LiveResponse response)
            throws IOException, InterruptedException {
        try {
            while (true) {
                var text = new StringBuilder();
                for (var entry : reader.next(KEEP_ALIVE)) {
                    text.append("id: ").append(entry.id()).append('\n');
                    text.append("data: ").append(EventReport.of(entry).toJson()).append("\n\n");
                }
                response.write(text.isEmpty() ? KEEP : text.toString());
            }
        } catch (FellBehindException e) {
            throw new IOException(e.getMessage(), e);
        }
    }
}
