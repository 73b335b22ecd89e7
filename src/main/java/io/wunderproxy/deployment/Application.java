package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.container.EngineException;
import io.wunderproxy.launchconfig.ConfigHash;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The application that this agent deploys, and how its containers are told from all others. Application and store say which
 * one it is; the agent label, a host and a state directory, says who looks after it. An agent takes over from one that is gone,
 * for example because it was started with another state directory, but never from one that runs.
 *
 * @param store bucket and prefix of its launch configurations
 * @param host the name of this machine
 * @param stateDirectory absolute
 * @param imagePrefix what its images begin with
 */
record Application(String name, String store, String host, Path stateDirectory, String imagePrefix) {

    static final String APP_LABEL = "io.wunderproxy.app";
    static final String STORE_LABEL = "io.wunderproxy.store";
    static final String HASH_LABEL = "io.wunderproxy.hash";
    static final String AGENT_LABEL = "io.wunderproxy.agent";

    /** The digest of what {@code --cfg} added to the environment. */
    static final String ENVIRONMENT_LABEL = "io.wunderproxy.environment";

    static Application of(DeploymentConfig config, String host) {
        return new Application(
                config.app(),
                config.store(),
                host,
                config.stateDir().toAbsolutePath().normalize(),
                "localhost:" + config.registryPort() + "/" + config.app() + ":");
    }

    /** Names this agent on every container that it makes. */
    String agent() {
        return host + ":" + stateDirectory;
    }

    /** The containers that this agent looks after, stopped ones included. */
    List<Container> containers(ContainerRuntime runtime) throws EngineException {
        return runtime.list(this::owns);
    }

    /** Containers that this agent looks after; those without labels were left by the original tool. */
    boolean owns(String image, Map<String, String> labels) {
        if (labels == null || !labels.containsKey(AGENT_LABEL)) {
            return image != null && image.startsWith(imagePrefix);
        }
        return name.equals(labels.get(APP_LABEL))
                && store.equals(labels.get(STORE_LABEL))
                && (agent().equals(labels.get(AGENT_LABEL)) || isOfAgentThatIsGone(labels.get(AGENT_LABEL)));
    }

    private boolean isOfAgentThatIsGone(String agent) {
        return agent.startsWith(host + ":/") && !StateDirectory.isTaken(Path.of(agent.substring(host.length() + 1)));
    }

    Map<String, String> labels(ConfigHash hash, StaticEnvironment environment) {
        return Map.of(
                APP_LABEL, name,
                STORE_LABEL, store,
                HASH_LABEL, hash.value(),
                AGENT_LABEL, agent(),
                ENVIRONMENT_LABEL, environment.digest());
    }
}
