package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.RunOnVirtualThread;
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
import java.time.Instant;
import java.util.Optional;

/** The deployments of this host, and what has happened to them. */
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
        deployments.all().reversed().forEach(d -> list.add(describe(d)));
        return list.toString();
    }

    @GET
    @Path("{hash}")
    public String one(@PathParam("hash") String text) throws DeploymentException {
        var hash = DeploymentResource.hash(text);
        var node = describe(deployments.find(hash));
        node.set(
                "Events",
                EventReport.of(events.all().stream()
                        .filter(entry -> entry.event().hash().equals(Optional.of(hash.value())))
                        .toList()));
        return node.toString();
    }

    @DELETE
    @Path("{hash}")
    @Produces({MediaType.TEXT_PLAIN, MediaType.APPLICATION_JSON})
    public Response discard(@PathParam("hash") String text, @Context HttpHeaders headers)
            throws DeploymentException, InterruptedException {
        DeploymentResource.permit(headers, fence).check();
        var deployment = deployments.discard(DeploymentResource.hash(text));
        return DeploymentResource.answer(deployment, "removing " + deployment, headers);
    }

    private ObjectNode describe(Deployment deployment) {
        var instance = deployment.state().running();
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Hash", deployment.hash().value())
                .put("Revision", deployment.revision())
                .put("Image", deployment.config().map(LaunchConfig::image).orElse(null))
                .put("State", deployment.state().label())
                .put("Active", deployment.state() instanceof DeploymentState.Active)
                .put("ContainerId", instance.map(Instance::containerId).orElse(null))
                .put("Address", instance.map(i -> i.address().toString()).orElse(null));
        put(node, "Launched", Optional.of(deployment.launchedAt()));
        put(node, "Confirmed", deployment.confirmedAt());
        put(node, "Switched", deployment.switchedAt());
        put(node, "Ended", deployment.endedAt());
        node.put("Leases", deployments.leases(deployment));
        node.put("Failure", deployment.state() instanceof DeploymentState.Failed failed ? failed.reason() : null);
        return node;
    }

    private static void put(ObjectNode node, String name, Optional<Instant> time) {
        node.put(name, time.map(EventReport::time).orElse(null));
    }
}
