package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.IdentityProof;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.launchconfig.ConfigFields;
import io.wunderproxy.names.ProgramVersion;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * {@code GET /identity}: lets a caller find out, before it sends its token, whether the manager knows the token and which member
 * it is; and, before it stores a launch configuration, whether the agent knows all of its fields.
 */
@Path("/identity")
@RunOnVirtualThread
public class IdentityResource {

    private final RequestGuard guard;
    private final Membership membership;
    private final String version;

    IdentityResource(RequestGuard guard, Membership membership) throws IOException {
        this.guard = guard;
        this.membership = membership;
        this.version = ProgramVersion.number();
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public Response identity(@QueryParam("challenge") String challenge, HttpHeaders headers) {
        if (challenge == null || !IdentityProof.isChallenge(challenge)) {
            var content = Failures.content(
                    400, "challenge: must be 64 hex digits", headers.getHeaderString(HttpHeaders.ACCEPT));
            return Response.status(400)
                    .type(content.contentType())
                    .entity(content.body())
                    .build();
        }
        var view = membership.view();
        var member = view.map(Membership.View::member).orElse("");
        var manager = view.map(Membership.View::manager).orElse("");
        return Response.ok(new Identity(
                                member,
                                manager,
                                guard.proof(challenge, member, manager),
                                version,
                                Optional.of(List.copyOf(ConfigFields.KNOWN.paths())))
                        .toJson()
                        .toString())
                .build();
    }
}
