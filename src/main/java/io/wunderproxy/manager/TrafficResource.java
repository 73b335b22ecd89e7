package io.wunderproxy.manager;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.GateView;
import io.wunderproxy.deployment.DeploymentException;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.proxy.admission.TrafficGate;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The calls that hold traffic back: they outlive a restart, and POST /resume ends them. */
@Path("/")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class TrafficResource {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration DEFAULT_WAIT = Duration.ofSeconds(30);
    private static final Duration LONGEST_WAIT = Duration.ofHours(1);
    private static final int DEFAULT_REQUESTS = 1000;
    private static final String DEFAULT_MESSAGE = "down for maintenance, back soon";

    private final TrafficGate gate;
    private final EventLog events;

    TrafficResource(TrafficGate gate, EventLog events) {
        this.gate = gate;
        this.events = events;
    }

    /** Body: empty, or {@code {"MaxWait": "30s", "MaxRequests": 1000}}. */
    @POST
    @Path("pause")
    public Response pause(byte[] body, @Context HttpHeaders headers) throws DeploymentException {
        var wishes = read(body);
        var wait = time(wishes.path("MaxWait"));
        var requests = wishes.path("MaxRequests").asInt(DEFAULT_REQUESTS);
        if (requests < 1) {
            throw DeploymentException.malformed("MaxRequests: must be at least 1");
        }
        gate.pause(wait, requests);
        return respond(
                EventType.PAUSED,
                "paused: up to " + requests + " requests wait, each for up to " + wait.toMillis() / 1000.0 + " s",
                headers);
    }

    /** Body: empty, or the text or HTML page that clients get. */
    @POST
    @Path("maintenance")
    public Response maintenance(byte[] body, @Context HttpHeaders headers) {
        var message = new String(body, StandardCharsets.UTF_8).strip();
        gate.maintenance(message.isEmpty() ? DEFAULT_MESSAGE : message);
        return respond(EventType.MAINTENANCE, "in maintenance: every request gets 503", headers);
    }

    @POST
    @Path("resume")
    public Response resume(byte[] body, @Context HttpHeaders headers) {
        var waited = gate.waiting();
        gate.resume();
        return respond(EventType.RESUMED, "resumed: requests go through, " + waited + " of them waited", headers);
    }

    private static JsonNode read(byte[] body) throws DeploymentException {
        var text = new String(body, StandardCharsets.UTF_8).strip();
        if (text.isEmpty()) {
            return JsonNodeFactory.instance.objectNode();
        }
        try {
            var wishes = JSON.readTree(text);
            for (var name : (Iterable<String>) wishes::fieldNames) {
                if (!name.equals("MaxWait") && !name.equals("MaxRequests")) {
                    throw DeploymentException.malformed(name + ": unknown; known are MaxWait and MaxRequests");
                }
            }
            if (wishes.isObject()) {
                return wishes;
            }
        } catch (JsonProcessingException notJson) {
            // Refused below.
        }
        throw DeploymentException.malformed("the body must be empty or {\"MaxWait\": \"30s\", \"MaxRequests\": 1000}");
    }

    private static Duration time(JsonNode node) throws DeploymentException {
        if (node.isMissingNode()) {
            return DEFAULT_WAIT;
        }
        try {
            return Query.time("MaxWait", node.asText(), LONGEST_WAIT);
        } catch (IllegalArgumentException e) {
            throw DeploymentException.malformed(e.getMessage());
        }
    }

    private Response respond(EventType type, String text, HttpHeaders headers) {
        events.add(Event.of(type, text));
        if (!Failures.wantsJson(headers.getHeaderString(HttpHeaders.ACCEPT))) {
            return Response.ok(text + "\n", "text/plain;charset=utf-8").build();
        }
        return Response.ok(describe(gate).withMessage(text).toJson().toString(), MediaType.APPLICATION_JSON)
                .build();
    }

    /** The gate as the API shows it. */
    static GateView describe(TrafficGate gate) {
        var waiting = gate.waiting();
        return switch (gate.state()) {
            case TrafficGate.State.Open open -> GateView.open(waiting);
            case TrafficGate.State.Paused(var longest, var most) ->
                GateView.paused(longest.toMillis() / 1000.0, most, waiting);
            case TrafficGate.State.Maintenance(var page) -> GateView.maintenance(page, waiting);
        };
    }
}
