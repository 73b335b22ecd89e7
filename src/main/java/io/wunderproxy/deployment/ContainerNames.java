package io.wunderproxy.deployment;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventLog;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.names.ShortId;
import java.time.Duration;
import java.util.List;

/**
 * Gives each container its name: the revision, as in the contract. A container that has the name but is no longer needed is
 * replaced; if it is needed, or not ours, the new one's name gets the hash as a suffix.
 */
final class ContainerNames {

    private final ContainerRuntime runtime;
    private final Application application;
    private final Journal journal;
    private final Retirement retirement;
    private final EventLog events;
    private final Duration stopTimeout;

    ContainerNames(
            ContainerRuntime runtime,
            Application application,
            Journal journal,
            Retirement retirement,
            EventLog events,
            Duration stopTimeout) {
        this.runtime = runtime;
        this.application = application;
        this.journal = journal;
        this.retirement = retirement;
        this.events = events;
        this.stopTimeout = stopTimeout;
    }

    /** Creates the container under the first name that is available. */
    String create(LaunchConfig config, ObjectNode body) throws EngineException, InterruptedException {
        var withHash = config.revision() + "-" + config.hash().abbreviated();
        for (var name : List.of(config.revision(), withHash)) {
            if (isFree(name)) {
                try {
                    return create(name, config, body);
                } catch (EngineException e) {
                    // Another launch of the same revision, side by side with this one, was faster.
                    if (e.kind() != EngineException.Kind.NAME_TAKEN) {
                        throw e;
                    }
                }
            }
        }
        var agent = ShortId.of(application.identity().id());
        return create(withHash + "-" + agent, config, body);
    }

    private String create(String name, LaunchConfig config, ObjectNode body) throws EngineException {
        var id = runtime.create(name, body);
        events.add(Event.of(EventType.CREATED, "created container " + ShortId.of(id) + ", named " + name)
                .about(config.hash().value(), config.revision())
                .in(id));
        return id;
    }

    private boolean isFree(String name) throws EngineException, InterruptedException {
        // The engine also finds a container by the beginning of its id.
        var occupant = runtime.find(name).filter(container -> container.name().equals(name));
        if (occupant.isEmpty()) {
            return true;
        }
        if (!application.owns(occupant.get())) {
            return false;
        }
        var deployment = journal.of(occupant.get()).filter(d -> !d.state().ended());
        if (deployment.isEmpty()) {
            runtime.stop(occupant.get().id(), stopTimeout);
            Application.remove(runtime, occupant.get().id());
            events.add(Event.of(
                            EventType.REMOVED,
                            "removed container " + occupant.get().abbreviatedId() + " (" + name
                                    + "), which nothing needs, to have its name")
                    .in(occupant.get().id()));
            return true;
        }
        return deployment.get().state() instanceof DeploymentState.Healthy && retirement.nowAndWait(deployment.get());
    }
}
