package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.ContainerRuntime.Volumes;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.StaticEnvironment;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The application that this agent deploys, and how its containers are distinguished from all others. Application and store
 * identify it; the agent label names the agent that looks after it. An agent takes over from one that is certainly gone, for
 * example because it was started with another state directory, but never from one that may run.
 *
 * @param store bucket and prefix of its launch configurations
 * @param imagePrefix the beginning of its images' names
 */
record Application(String name, String store, AgentIdentity identity, String imagePrefix) {

    static final String APP_LABEL = "io.wunderproxy.app";
    static final String STORE_LABEL = "io.wunderproxy.store";
    static final String HASH_LABEL = "io.wunderproxy.hash";

    /** The id of the agent; an older version wrote its host and state directory. */
    static final String AGENT_LABEL = "io.wunderproxy.agent";

    /** Where the agent has its state. */
    static final String PLACE_LABEL = "io.wunderproxy.place";

    /** The digest of the variables that {@code --cfg} added to the environment. */
    static final String ENVIRONMENT_LABEL = "io.wunderproxy.environment";

    static Application of(DeploymentOptions config, AgentIdentity identity) {
        return new Application(
                config.app(),
                config.store(),
                identity,
                "localhost:" + config.registryPort() + "/" + config.app() + ":");
    }

    /** The containers that this agent looks after, stopped ones included. */
    List<Container> containers(ContainerRuntime runtime) throws EngineException {
        return runtime.list(this::isOfThisApplication).stream()
                .filter(this::owns)
                .toList();
    }

    private boolean isOfThisApplication(String image, Map<String, String> labels) {
        if (labels == null || !labels.containsKey(AGENT_LABEL)) {
            return image != null && image.startsWith(imagePrefix);
        }
        return name.equals(labels.get(APP_LABEL)) && store.equals(labels.get(STORE_LABEL));
    }

    /**
     * Whether this agent looks after the container. A container without labels was left by the original tool if it is older than
     * the first start of this agent; a younger one is somebody's own run of an image of the application.
     */
    boolean owns(Container container) {
        if (!isOfThisApplication(container.image(), container.labels())) {
            return false;
        }
        var agent = container.label(AGENT_LABEL);
        if (agent.isEmpty()) {
            return !container.created().isAfter(identity.firstStart());
        }
        return agent.get().equals(identity.id())
                || identity.recognises(container.id())
                || container.label(PLACE_LABEL).map(AgentIdentity::isGone).orElse(false);
    }

    /**
     * Finds the containers that an older version of this agent made. Containers that run according to the journal are its own at
     * every start, since an older version may have run in between. The search by label, which another agent may have too, happens
     * once, and only among those that the journal knows.
     */
    void recogniseFormer(ContainerRuntime runtime, Journal journal) throws EngineException, IOException {
        var isFirst = !identity.hasRecognised();
        var mine = Set.of(identity.formerLabel(), identity.place());
        var found = runtime.list(this::isOfThisApplication).stream()
                .filter(c -> journal.isRunning(c.id())
                        || isFirst
                                && (c.label(AGENT_LABEL).map(mine::contains).orElse(false)
                                        || c.label(PLACE_LABEL)
                                                .map(mine::contains)
                                                .orElse(false))
                                && journal.of(c).isPresent())
                .filter(c -> isFirst || !owns(c))
                .map(Container::id)
                .collect(Collectors.toSet());
        if (isFirst || !found.isEmpty()) {
            identity.recognise(found);
        }
    }

    /**
     * Removes a container; does nothing if it is gone. Anonymous volumes go only with containers that have labels: those of
     * others may hold somebody's data.
     */
    static void remove(ContainerRuntime runtime, String id) throws EngineException {
        var container = runtime.find(id);
        if (container.isPresent()) {
            runtime.remove(id, container.get().label(AGENT_LABEL).isPresent() ? Volumes.DELETE : Volumes.KEEP);
        }
    }

    Map<String, String> labels(ConfigHash hash, StaticEnvironment environment) throws DeploymentException {
        try {
            identity.keep();
            return Map.of(
                    APP_LABEL, name,
                    STORE_LABEL, store,
                    HASH_LABEL, hash.value(),
                    AGENT_LABEL, identity.id(),
                    PLACE_LABEL, identity.place(),
                    ENVIRONMENT_LABEL, environment.digest());
        } catch (IOException e) {
            throw DeploymentException.stateUnwritable(e);
        }
    }
}
