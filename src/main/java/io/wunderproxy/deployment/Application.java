package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.ConfigHash;
import java.util.Map;

/**
 * The application that this agent deploys, and how its containers are told from all others.
 *
 * @param agent names this agent on its host: the path of its state directory, which no two agents share
 * @param imagePrefix what its images begin with
 */
record Application(String name, String agent, String imagePrefix) {

    static final String APP_LABEL = "io.wunderproxy.app";
    static final String HASH_LABEL = "io.wunderproxy.hash";
    static final String AGENT_LABEL = "io.wunderproxy.agent";

    /** The digest of what {@code --cfg} added to the environment. */
    static final String ENVIRONMENT_LABEL = "io.wunderproxy.environment";

    static Application of(DeploymentConfig config) {
        return new Application(
                config.app(),
                config.stateDir().toAbsolutePath().normalize().toString(),
                "localhost:" + config.registryPort() + "/" + config.app() + ":");
    }

    /** Containers of this agent, and those that the original tool left, which put no labels on them. */
    boolean owns(String image, Map<String, String> labels) {
        var agentLabel = labels == null ? null : labels.get(AGENT_LABEL);
        return agentLabel == null ? image != null && image.startsWith(imagePrefix) : agentLabel.equals(agent);
    }

    Map<String, String> labels(ConfigHash hash, StaticEnvironment environment) {
        return Map.of(
                APP_LABEL, name, HASH_LABEL, hash.value(), AGENT_LABEL, agent, ENVIRONMENT_LABEL, environment.digest());
    }
}
