package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.deployment.Deployment;
import io.wunderproxy.deployment.DeploymentException;
import io.wunderproxy.deployment.DeploymentState;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.deployment.Fence;
import io.wunderproxy.deployment.Instance;
import io.wunderproxy.deployment.Permit;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.options.Amounts;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/** The calls that launch and switch: the body is the hash of a launch configuration, whatever its content type. */
@Path("/")
@Consumes(MediaType.WILDCARD)
@RunOnVirtualThread
public class DeploymentResource {

    /** The number of the fleet's deployment that a call belongs to; calls without it always pass. */
    private static final String FENCE = "Wunderproxy-Fence";

    private static final Duration LONGEST_BAKE = Duration.ofHours(24);

    private static final Pattern NUMBER = Pattern.compile("[0-9]{1,18}");

    private final Deployments deployments;
    private final Fence fence;

    DeploymentResource(Deployments deployments, Fence fence) {
        this.deployments = deployments;
        this.fence = fence;
    }

    @POST
    @Path("launch")
    public Response launch(byte[] body, @QueryParam("wait") String wait, @Context HttpHeaders headers)
            throws DeploymentException, InterruptedException {
        permit(headers).check();
        if (!isWaitedFor(wait)) {
            return begun(deployments.beginLaunch(hash(body)), headers);
        }
        var deployment = deployments.launch(hash(body));
        var instance = deployment.state().running().orElseThrow();
        return respond(
                deployment,
                "started container " + instance.abbreviatedId() + " with revision "
                        + deployment.hash().abbreviated() + " listening on port " + instance.port(),
                headers);
    }

    @POST
    @Path("switch")
    public Response switchTo(
            byte[] body,
            @QueryParam("bake") String bake,
            @Context HttpHeaders headers,
            @Context HttpServerRequest request)
            throws DeploymentException, InterruptedException {
        return switchTo(body, headers, bake(bake), caller(request));
    }

    /** @param by who asks, for the events */
    Response switchTo(byte[] body, HttpHeaders headers, Duration bake, String by)
            throws DeploymentException, InterruptedException {
        var deployment = deployments.switchTo(hash(body), permit(headers), bake, by);
        var instance = deployment.state().running().orElseThrow();
        return respond(
                deployment,
                "switched proxy to port " + instance.port() + " of container " + instance.abbreviatedId(),
                headers);
    }

    private static Duration bake(String text) throws DeploymentException {
        return text == null
                ? Duration.ZERO
                : Amounts.time(text)
                        .filter(time -> time.compareTo(LONGEST_BAKE) <= 0)
                        .orElseThrow(() -> DeploymentException.malformed("bake: must be a time like 30s or 5m, at most "
                                + Amounts.time(LONGEST_BAKE) + "; 0s for none"));
    }

    /** The address of the caller, for the events. */
    private static String caller(HttpServerRequest request) {
        var address = request.remoteAddress();
        return address == null || address.host() == null ? "somebody on this host" : address.host();
    }

    private Permit permit(HttpHeaders headers) throws DeploymentException {
        return permit(headers, fence);
    }

    /** The permit of a call, by the number of the fleet's deployment that it belongs to; a call without one may do all. */
    static Permit permit(HttpHeaders headers, Fence fence) throws DeploymentException {
        var number = headers.getHeaderString(FENCE);
        if (number == null) {
            return () -> {};
        }
        if (!NUMBER.matcher(number).matches()) {
            throw DeploymentException.malformed(FENCE + ": must be a number of at most 18 digits");
        }
        return () -> fence.pass(Long.parseLong(number));
    }

    private static boolean isWaitedFor(String wait) throws DeploymentException {
        try {
            return Query.flag("wait", wait, true);
        } catch (IllegalArgumentException e) {
            throw DeploymentException.malformed(e.getMessage());
        }
    }

    /** The response while the launch continues in the background; the deployment and its events show its progress. */
    private static Response begun(Deployment deployment, HttpHeaders headers) {
        var location = "/deployments/" + deployment.hash().value();
        var text = "launching " + deployment + "; GET " + location + " shows its progress";
        return Response.fromResponse(respond(deployment, text, headers))
                .status(Response.Status.ACCEPTED)
                .header(HttpHeaders.LOCATION, location)
                .build();
    }

    private static ConfigHash hash(byte[] body) throws DeploymentException {
        return hash(new String(body, StandardCharsets.UTF_8).strip());
    }

    static ConfigHash hash(String text) throws DeploymentException {
        try {
            return new ConfigHash(text);
        } catch (IllegalArgumentException e) {
            throw DeploymentException.malformed(e.getMessage());
        }
    }

    /** The deployment as JSON for clients that want it, else the text. */
    static Response respond(Deployment deployment, String text, HttpHeaders headers) {
        if (!Failures.wantsJson(headers.getHeaderString(HttpHeaders.ACCEPT))) {
            return Response.ok(text + "\n", "text/plain;charset=utf-8").build();
        }
        return Response.ok(describe(deployment).withMessage(text).toJson().toString(), MediaType.APPLICATION_JSON)
                .build();
    }

    /** A deployment as the API shows it. */
    static DeploymentSummary describe(Deployment deployment) {
        var instance = deployment.state().running();
        return new DeploymentSummary(
                deployment.hash().value(),
                deployment.revision(),
                deployment.state().label(),
                deployment.since().toString(),
                instance.map(Instance::containerId),
                instance.map(Instance::containerName),
                instance.map(i -> i.address().toString()),
                instance.map(i -> (long) i.port()),
                deployment.state() instanceof DeploymentState.Failed failed
                        ? Optional.of(failed.reason())
                        : Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty());
    }
}
