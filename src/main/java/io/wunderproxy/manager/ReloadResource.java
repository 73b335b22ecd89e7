package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.ReloadView;
import io.wunderproxy.manager.ApiOptions.Authentication;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/** The call that replaces the agent. */
@Path("/" + ReloadResource.PATH)
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class ReloadResource {

    static final String PATH = "reload";

    private static final int FORBIDDEN = 403;
    private static final int CONFLICT = 409;

    private final Replacement replacement;
    private final ApiOptions options;

    ReloadResource(Replacement replacement, ApiOptions options) {
        this.replacement = replacement;
        this.options = options;
    }

    /** Responds when the successor accepts connections, or when it is certain that it will not. */
    @POST
    public Response reload(byte[] body, @Context HttpHeaders headers) {
        var accepted = headers.getHeaderString(HttpHeaders.ACCEPT);
        if (options.authentication() == Authentication.NONE) {
            return refused(
                    FORBIDDEN,
                    "with --api-auth none anybody could ask for that; send SIGUSR2 to the agent, or use 'systemctl reload'"
                            + " there",
                    accepted);
        }
        try {
            var view = ReloadView.replacedBy(replacement.replace());
            return Failures.wantsJson(accepted)
                    ? Response.ok(view.toJson().toString(), MediaType.APPLICATION_JSON)
                            .build()
                    : Response.ok(view.message() + "\n", "text/plain;charset=utf-8")
                            .build();
        } catch (Replacement.Refused e) {
            return refused(CONFLICT, e.getMessage(), accepted);
        }
    }

    private static Response refused(int status, String reason, String accepted) {
        var content = Failures.content(status, reason, accepted);
        return Response.status(status)
                .type(content.contentType())
                .entity(content.body())
                .build();
    }
}
