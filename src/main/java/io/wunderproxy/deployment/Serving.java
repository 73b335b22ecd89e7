package io.wunderproxy.deployment;

import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.proxy.routing.AppBackends;
import io.wunderproxy.proxy.stats.TrafficStats;
import java.time.Clock;
import java.util.Optional;

/** The deployment that serves, and its container, which may be another one than at the switch. */
final class Serving {

    private final Journal journal;
    private final AppBackends backends;
    private final TrafficStats stats;
    private final EventLog events;
    private final Clock clock;
    private final ContainerRuntime runtime;
    private final Instances instances;
    private final ContainerStart starts;
    private final LaunchSteps launchSteps;
    private final Retirement retirement;

    Serving(
            Journal journal,
            AppBackends backends,
            TrafficStats stats,
            EventLog events,
            Clock clock,
            ContainerRuntime runtime,
            Instances instances,
            ContainerStart starts,
            LaunchSteps launchSteps,
            Retirement retirement) {
        this.journal = journal;
        this.backends = backends;
        this.stats = stats;
        this.events = events;
        this.clock = clock;
        this.runtime = runtime;
        this.instances = instances;
        this.starts = starts;
        this.launchSteps = launchSteps;
        this.retirement = retirement;
    }

    /** The deployment that new requests go to. */
    Optional<Deployment> active() {
        var serving = backends.current();
        return journal.active().filter(d -> serving.equals(d.state().running().map(d::backend)));
    }

    /** Serves from the container of this deployment without any check: it did so before the agent was restarted. */
    void adopt(Deployment deployment, Instance instance) {
        journal.recordFact(deployment.in(new DeploymentState.Active(instance), clock.instant()));
        backends.switchTo(deployment.backend(instance));
        stats.reset();
        events.add(serving(deployment, instance, ", which runs already"));
    }

    /** Starts the container of the active deployment again, or makes a new one if it is gone. */
    void restart(Deployment active) throws DeploymentException, InterruptedException {
        var id = active.state().running().orElseThrow().containerId();
        var config = active.config().orElseThrow();
        try {
            if (runtime.find(id).isEmpty()) {
                replaceContainer(active, config);
            } else {
                starts.start(id, config);
                events.add(active.event(EventType.STARTED, "started its container again")
                        .in(id));
                resumeFrom(active, instances.locate(active));
            }
        } catch (EngineException e) {
            throw new DeploymentException(e);
        }
    }

    private void replaceContainer(Deployment active, LaunchConfig config)
            throws DeploymentException, InterruptedException {
        retirement.beginReplacing(active);
        try {
            resumeFrom(active, launchSteps.of(config).run());
        } finally {
            retirement.endReplacing(active);
        }
    }

    /** Continues to serve the active deployment from this container; nothing changes if another is active by now. */
    void resumeFrom(Deployment active, Instance instance) {
        if (active.state().equals(new DeploymentState.Active(instance)) && journal.isStill(active)) {
            return;
        }
        journal.replaceAsFact(
                        active, new DeploymentState.Active(instance), () -> backends.switchTo(active.backend(instance)))
                .ifPresentOrElse(moved -> events.add(serving(moved, instance, "")), retirement::sweep);
    }

    private static Event serving(Deployment deployment, Instance instance, String more) {
        var message = "serving from container " + instance.abbreviatedId() + " at " + instance.address() + more;
        return deployment.event(EventType.SERVING, message).in(instance.containerId());
    }
}
