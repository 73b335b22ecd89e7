package io.wunderproxy.manager;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.BootRecovery;
import io.wunderproxy.deployment.CurrentConfig;
import io.wunderproxy.deployment.Deployment;
import io.wunderproxy.deployment.DeploymentConfig;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.deployment.EngineState;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.stats.ClientState;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.registry.serve.Registry;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.Locale;

/** What an operator wants to know first. Open to everybody, so that it tells no more than names, places, states and numbers. */
@Path("/status")
@RunOnVirtualThread
public class StatusResource {

    private final Deployments deployments;
    private final ActiveMonitor monitor;
    private final CurrentConfig currentConfig;
    private final BootRecovery recovery;
    private final EngineState engine;
    private final TrafficStats stats;
    private final TrafficGate gate;
    private final Registry registry;
    private final Membership membership;
    private final ManagerConfig manager;
    private final DeploymentConfig deployment;

    StatusResource(
            Deployments deployments,
            ActiveMonitor monitor,
            CurrentConfig currentConfig,
            BootRecovery recovery,
            EngineState engine,
            TrafficStats stats,
            TrafficGate gate,
            Registry registry,
            Membership membership,
            ManagerConfig manager,
            DeploymentConfig deployment) {
        this.deployments = deployments;
        this.monitor = monitor;
        this.currentConfig = currentConfig;
        this.recovery = recovery;
        this.engine = engine;
        this.stats = stats;
        this.gate = gate;
        this.registry = registry;
        this.membership = membership;
        this.manager = manager;
        this.deployment = deployment;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public String status() throws InterruptedException {
        var traffic = stats.snapshot();
        var status = JsonNodeFactory.instance.objectNode();
        status.put("HeapSize", Runtime.getRuntime().totalMemory());
        status.put("TotalTime", traffic.sinceSwitch().totalTime().toNanos() / 1e9);
        status.put("Requests", traffic.sinceSwitch().requests());
        var states = status.putObject("States");
        for (var state : ClientState.values()) {
            states.put(
                    state.name().toLowerCase(Locale.ROOT), traffic.connections().getOrDefault(state, 0L));
        }
        status.set("Gate", TrafficResource.describe(gate));
        status.set("Traffic", TrafficReport.of(traffic));
        membership.view().ifPresent(view -> status.set("Fleet", describe(view)));
        status.put("DockerState", engine.describe());
        status.set("Registry", registry.describe());
        status.set("Agent", describeAgent());
        var active = deployments.active();
        status.set("Active", active.map(this::describeActive).orElse(null));
        status.set("Drift", active.isEmpty() ? null : describeDrift(active.get()));
        status.put("Problem", recovery.obstacle().or(currentConfig::problem).orElse(null));
        var list = status.putArray("Deployments");
        deployments.all().forEach(d -> list.add(DeploymentResource.describe(d)));
        return status.toString();
    }

    private static ObjectNode describe(Membership.View view) {
        var node = JsonNodeFactory.instance
                .objectNode()
                .put("Table", view.table())
                .put("Member", view.member())
                .put("State", view.problem().orElse("ok"));
        var peers = node.putArray("Peers");
        view.peers()
                .forEach((address, alive) ->
                        peers.addObject().put("Address", address).put("Alive", alive));
        return node;
    }

    /** Where its parts are, for whoever looks for what is wrong with this host. */
    private ObjectNode describeAgent() {
        return JsonNodeFactory.instance
                .objectNode()
                .put("App", deployment.app())
                .put("Proxy", manager.proxy())
                .put("Docker", manager.dockerHost())
                .put("Bucket", manager.bucket())
                .put("Prefix", manager.prefix())
                .put("StateDirectory", deployment.stateDir().toString())
                .put("TokenFile", manager.tokenFile().toString());
    }

    private ObjectNode describeActive(Deployment active) {
        var node = DeploymentResource.describe(active);
        monitor.health().ifPresent(health -> node.put("Health", health.healthy() ? "healthy" : "unhealthy")
                .put("HealthReason", health.reason())
                .put("Restarts", health.restarts()));
        return node;
    }

    private ObjectNode describeDrift(Deployment active) throws InterruptedException {
        return currentConfig
                .drift()
                .map(current -> JsonNodeFactory.instance
                        .objectNode()
                        .put("Active", active.hash().value())
                        .put("Current", current.value()))
                .orElse(null);
    }
}
