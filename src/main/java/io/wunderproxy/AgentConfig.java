package io.wunderproxy;

import io.smallrye.config.ConfigMapping;

/** The addresses and places that the parts of the agent are connected to; set from the command line of {@code run}. */
@ConfigMapping(prefix = "agent.connection")
interface AgentConfig {

    /** The listen address of the proxy. */
    String proxy();

    /** The listen address of the manager, for the log. */
    String manager();

    /** The address of Docker, as in {@code DOCKER_HOST}. */
    String dockerHost();

    /** The bucket with the launch configurations, or {@code file:/some/dir}. */
    String bucket();

    /** What all keys in the bucket begin with. */
    String prefix();
}
