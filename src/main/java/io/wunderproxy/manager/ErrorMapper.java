package io.wunderproxy.manager;

import io.wunderproxy.deployment.DeploymentException;
import io.wunderproxy.deployment.Failure;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.io.UncheckedIOException;
import org.jboss.logging.Logger;
import org.jboss.resteasy.reactive.server.ServerExceptionMapper;

/** Turns a failure into a status code and a line that says what to do. */
public class ErrorMapper {

    private static final Logger LOG = Logger.getLogger(ErrorMapper.class);

    @ServerExceptionMapper
    public Response deployment(DeploymentException e, HttpHeaders headers) {
        return respond(status(e.failure().kind()), e.failure().text(), headers);
    }

    @ServerExceptionMapper
    public Response http(WebApplicationException e, HttpHeaders headers) {
        var status = e.getResponse().getStatus();
        var reason =
                switch (status) {
                    case 404 ->
                        "there is no such call; see GET /status, POST /launch, /switch, /pause, /maintenance and /resume; "
                                + "GET /q/openapi describes all of them";
                    case 405 ->
                        "this call has another method; see GET /status, POST /launch, /switch, /pause, /maintenance and /resume; "
                                + "GET /q/openapi describes all of them";
                    default -> e.getResponse().getStatusInfo().getReasonPhrase();
                };
        return respond(status, reason, headers);
    }

    @ServerExceptionMapper
    public Response unwritable(UncheckedIOException e, HttpHeaders headers) {
        return respond(503, e.getMessage() + "; nothing was changed; fix this, then try again", headers);
    }

    @ServerExceptionMapper
    public Response unexpected(RuntimeException e, HttpHeaders headers) {
        LOG.error("unexpected error in a manager call (please report)", e);
        return respond(500, "an internal error; the agent's log has the details", headers);
    }

    private static Response respond(int status, String text, HttpHeaders headers) {
        var content = Failures.content(status, text, headers.getHeaderString(HttpHeaders.ACCEPT));
        return Response.status(status)
                .type(content.contentType())
                .entity(content.body())
                .build();
    }

    static int status(Failure.Kind kind) {
        return switch (kind) {
            case MALFORMED -> 400;
            case UNKNOWN -> 404;
            case NOT_CONFIRMED, SUPERSEDED -> 409;
            case INVALID -> 422;
            case ENGINE_REFUSED -> 502;
            case STORE_UNAVAILABLE, ENGINE_UNAVAILABLE, STATE_UNWRITABLE, REPLACED -> 503;
            case TOO_LATE -> 504;
        };
    }
}
