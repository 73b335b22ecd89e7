package io.wunderproxy.manager;

import io.smallrye.common.annotation.RunOnVirtualThread;
import io.wunderproxy.api.AgentView;
import io.wunderproxy.api.DeploymentSummary;
import io.wunderproxy.api.Drift;
import io.wunderproxy.api.FleetView;
import io.wunderproxy.api.PeerView;
import io.wunderproxy.api.RegistryView;
import io.wunderproxy.api.Status;
import io.wunderproxy.deployment.ActiveMonitor;
import io.wunderproxy.deployment.Bake;
import io.wunderproxy.deployment.BootRecovery;
import io.wunderproxy.deployment.CurrentConfig;
import io.wunderproxy.deployment.Deployment;
import io.wunderproxy.deployment.Deployments;
import io.wunderproxy.deployment.EngineState;
import io.wunderproxy.fleet.Membership;
import io.wunderproxy.names.ShortId;
import io.wunderproxy.proxy.admission.TrafficGate;
import io.wunderproxy.proxy.stats.ConnectionState;
import io.wunderproxy.proxy.stats.TrafficStats;
import io.wunderproxy.registry.serve.Registry;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** The status that an operator wants to know first. Open to everybody, so it shows only names, places, states and numbers. */
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
    private final AgentView agent;

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
            AgentView agent) {
        this.deployments = deployments;
        this.monitor = monitor;
        this.currentConfig = currentConfig;
        this.recovery = recovery;
        this.engine = engine;
        this.stats = stats;
        this.gate = gate;
        this.registry = registry;
        this.membership = membership;
        this.agent = agent;
    }

    @GET
    @Produces(MediaType.APPLICATION_JSON)
    public String status() throws InterruptedException {
        var snapshot = stats.snapshot();
        var active = deployments.active();
        return new Status(
                        Runtime.getRuntime().totalMemory(),
                        TrafficReport.seconds(snapshot.sinceSwitch().totalTime()),
                        snapshot.sinceSwitch().requests(),
                        states(snapshot),
                        TrafficResource.describe(gate),
                        TrafficReport.of(snapshot),
                        membership.view().map(StatusResource::describe),
                        engine.describe(),
                        Optional.of(describe(registry.describe())),
                        Optional.of(agent),
                        active.map(this::describeActive),
                        active.isEmpty() ? Optional.empty() : describeDrift(active.get()),
                        recovery.obstacle().or(currentConfig::problem).or(() -> stats.front()
                                .recent()),
                        deployments.all().stream()
                                .map(DeploymentResource::describe)
                                .toList())
                .toJson()
                .toString();
    }

    private static Map<String, Long> states(TrafficStats.Snapshot traffic) {
        var states = new LinkedHashMap<String, Long>();
        for (var state : ConnectionState.values()) {
            states.put(
                    state.name().toLowerCase(Locale.ROOT), traffic.connections().getOrDefault(state, 0L));
        }
        return states;
    }

    private static FleetView describe(Membership.View view) {
        return new FleetView(
                view.table(),
                view.member(),
                view.problem().orElse("ok"),
                view.peers().entrySet().stream()
                        .map(peer -> new PeerView(peer.getKey(), peer.getValue()))
                        .toList());
    }

    private static RegistryView describe(Registry.Description registry) {
        return new RegistryView(registry.kind(), registry.port(), registry.state(), registry.imageBucket());
    }

    private DeploymentSummary describeActive(Deployment active) {
        var summary = DeploymentResource.describe(active);
        return monitor.health()
                .map(health -> summary.withHealth(health.healthy(), health.reason(), health.restarts()))
                .orElse(summary);
    }

    private Optional<Drift> describeDrift(Deployment active) throws InterruptedException {
        return currentConfig.drift().map(current -> {
            var baked = deployments
                    .bake(active)
                    .filter(bake -> bake.state() == Bake.State.BAKED)
                    .map(bake -> "baked, not promoted: ")
                    .orElse("");
            var message = baked + "active is " + ShortId.of(active.hash().value()) + ", but current.json names "
                    + ShortId.of(current.value())
                    + ", which a host that starts now would launch: deploy what is active again, which promotes it, or switch back";
            return new Drift(active.hash().value(), current.value(), Optional.of(message));
        });
    }
}
