package io.wunderproxy.agent;

import io.smallrye.config.ConfigMapping;
import java.util.List;
import java.util.Optional;

/** The addresses and places that the parts of the agent are connected to; set from the command line of {@code run}. */
@ConfigMapping(prefix = "agent.connection")
interface AgentConfig {

    /** The listen address of the proxy. */
    String proxy();

    /** IP addresses and networks of proxies in front whose forwarding headers are believed. */
    Optional<List<String>> trustedProxies();

    /** The listen address of the manager, for the log. */
    String manager();

    /** Whether it speaks TLS there. */
    boolean managerTls();

    /** The address of Docker, as in {@code DOCKER_HOST}. */
    String dockerHost();

    /** The bucket with the launch configurations, or {@code file:/some/dir}. */
    String bucket();

    /** What all keys in the bucket begin with. */
    String prefix();
}
