package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Response;
import java.io.IOException;

/** The description of this API, read on request: a starting agent has better things to do. */
@Path("/q/openapi")
@RunOnVirtualThread
public class OpenApiResource {

    private static final String DOCUMENT = "/openapi.yaml";

    @GET
    public Response document() throws IOException {
        try (var document = OpenApiResource.class.getResourceAsStream(DOCUMENT)) {
            return Response.ok(document.readAllBytes(), "application/yaml").build();
        }
    }
}
