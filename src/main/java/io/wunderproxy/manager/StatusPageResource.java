package io.wunderproxy.manager;

import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.EntityTag;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Request;
import jakarta.ws.rs.core.Response;

/** The page for a person; it gets everything that it shows from the other calls. */
@Path("/")
public class StatusPageResource {

    private final StatusPage page;

    StatusPageResource(StatusPage page) {
        this.page = page;
    }

    @GET
    @Produces(MediaType.TEXT_HTML + ";charset=utf-8")
    public Response page(@Context Request request) {
        var tag = new EntityTag(page.entityTag());
        var response = request.evaluatePreconditions(tag);
        if (response == null) {
            response = Response.ok(page.html());
        }
        // It is small and near: asking each time whether it has changed is better than an old page with a new agent.
        return response.tag(tag)
                .header(HttpHeaders.CACHE_CONTROL, "no-cache")
                .header("Content-Security-Policy", page.securityPolicy())
                .header("X-Content-Type-Options", "nosniff")
                .header("Referrer-Policy", "no-referrer")
                .build();
    }
}
