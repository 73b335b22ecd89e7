package io.wunderproxy.manager;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What the operator said about the manager; set from the command line of {@code wunderproxy run}. */
@ConfigMapping(prefix = "agent.manager")
public interface ManagerConfig {

    /** Who may make calls that change state. */
    Authentication authentication();

    /** The file with the bearer token. */
    Path tokenFile();

    /** The names that requests may have in {@code Host} beside IP addresses and {@code localhost}; empty: any. */
    Optional<List<String>> host();

    /** How many connections there may be at a time. */
    int connections();

    /** The listen address of the proxy, as the operator said. */
    String proxy();

    /** The address of Docker, as in {@code DOCKER_HOST}. */
    String dockerHost();

    /** The bucket with the launch configurations, or {@code file:/some/dir}. */
    String bucket();

    /** What all keys in the bucket begin with. */
    String prefix();

    /** How a caller proves that it may change state. */
    enum Authentication {
        /** By a bearer token. */
        TOKEN,
        /** Not at all, as with the original tool. */
        NONE
    }
}
