package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.BakeView;
import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.deployment.Deployment;
import io.wunderproxy.deployment.DeploymentException;
import io.wunderproxy.deployment.DeploymentState;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.deployment.Fence;
import io.wunderproxy.deployment.Instance;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.launchconfig.LaunchConfig;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.util.Optional;

/** The deployments of this host, and their events. */
@Path("/deployments")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeploymentListResource {

    private final Deployments deployments;
    private final EventLog events;
    private final Fence fence;

    DeploymentListResource(Deployments deployments, EventLog events, Fence fence) {
        this.deployments = deployments;
        this.events = events;
        this.fence = fence;
    }

    @GET
    public String all() {
        var list = JsonNodeFactory.instance.arrayNode();
        deployments.all().reversed().forEach(d -> list.add(describe(d).toJson()));
        return list.toString();
    }

    @GET
    @Path("{hash}")
    public String one(@PathParam("hash") String text) throws DeploymentException {
        var hash = DeploymentResource.hash(text);
        var entries = events.all().stream()
                .filter(entry -> entry.event().hash().equals(Optional.of(hash.value())))
                .map(EventReport::of)
                .toList();
        return describe(deployments.find(hash)).withEvents(entries).toJson().toString();
    }

    @DELETE
    @Path("{hash}")
    @Produces({MediaType.TEXT_PLAIN, MediaType.APPLICATION_JSON})
    public Response discard(@PathParam("hash") String text, @Context HttpHeaders headers)
            throws DeploymentException, InterruptedException {
        DeploymentResource.permit(headers, fence).check();
        var deployment = deployments.discard(DeploymentResource.hash(text));
        return DeploymentResource.respond(deployment, "removing " + deployment, headers);
    }

    private DeploymentView describe(Deployment deployment) {
        var instance = deployment.state().running();
        return new DeploymentView(
                deployment.hash().value(),
                deployment.revision(),
                deployment.config().map(LaunchConfig::image),
                deployment.state().label(),
                deployment.state() instanceof DeploymentState.Active,
                instance.map(Instance::containerId),
                instance.map(i -> i.address().toString()),
                EventReport.time(deployment.launchedAt()),
                deployment.confirmedAt().map(EventReport::time),
                deployment.switchedAt().map(EventReport::time),
                deployment.endedAt().map(EventReport::time),
                deployments.leases(deployment),
                deployment.state() instanceof DeploymentState.Failed failed
                        ? Optional.of(failed.reason())
                        : Optional.empty(),
                deployments
                        .bake(deployment)
                        .map(bake -> new BakeView(
                                bake.state().label(),
                                bake.former().value(),
                                EventReport.time(bake.ends()),
                                bake.reason())),
                Optional.empty());
    }
}
