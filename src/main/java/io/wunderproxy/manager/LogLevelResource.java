package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.LogLevelView;
import io.wunderproxy.api.LogLevelsView;
import io.wunderproxy.deployment.DeploymentException;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The calls that read and change how much the agent logs, and for how long. */
@Path("/log-level")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class LogLevelResource {

    /** The word that ends a change. */
    private static final String DEFAULT = "default";

    private final LogLevels levels;

    LogLevelResource(LogLevels levels) {
        this.levels = levels;
    }

    @GET
    public Response levels(@Context HttpHeaders headers) {
        return respond(
                levels.current().stream().map(Object::toString).collect(Collectors.joining("\n")),
                Optional.empty(),
                headers);
    }

    /** Body: {@code error}, {@code warn}, {@code info}, {@code debug} or {@code default}. */
    @PUT
    public Response change(
            byte[] body,
            @QueryParam("category") String category,
            @QueryParam("for") String time,
            @Context HttpHeaders headers)
            throws DeploymentException {
        try {
            var text = change(new String(body, StandardCharsets.UTF_8).strip(), category, time);
            return respond(text, Optional.of(text), headers);
        } catch (IllegalArgumentException e) {
            throw DeploymentException.malformed(e.getMessage());
        }
    }

    private String change(String word, String given, String time) {
        var category = given == null ? LogLevels.ALL : given;
        var lasting = Optional.ofNullable(time).map(LogLevelResource::time);
        if (word.equalsIgnoreCase(DEFAULT)) {
            if (lasting.isPresent()) {
                throw new IllegalArgumentException("for: not with " + DEFAULT);
            }
            return levels.reset(category);
        }
        var level = LogLevels.Level.named(word)
                .orElseThrow(
                        () -> new IllegalArgumentException("the body must be error, warn, info, debug or " + DEFAULT));
        return levels.change(category, level, lasting);
    }

    private static Duration time(String text) {
        return Query.time("for", text, LogLevels.LONGEST);
    }

    private Response respond(String text, Optional<String> message, HttpHeaders headers) {
        if (!Failures.wantsJson(headers.getHeaderString(HttpHeaders.ACCEPT))) {
            return Response.ok(text + "\n", "text/plain;charset=utf-8").build();
        }
        List<LogLevelView> views = levels.current().stream()
                .map(current -> new LogLevelView(
                        current.category(),
                        current.level().label(),
                        current.left().map(Duration::toSeconds)))
                .toList();
        return Response.ok(new LogLevelsView(views, message).toJson().toString(), MediaType.APPLICATION_JSON)
                .build();
    }
}
