package io.wunderproxy.agent;

import io.smallrye.config.ConfigMapping;
import java.util.Optional;

/** Where images come from; set from the command line of {@code run}. */
@ConfigMapping(prefix = "agent.registry")
interface RegistryConfig {

    /** Whether this agent serves them itself. */
    boolean embedded();

    /** Where it finds them, unless a launch configuration says otherwise. */
    Optional<String> imageBucket();

    /** How many bytes of them it keeps. */
    long cacheBytes();

    /** Whether Docker is sent to the bucket for layers. */
    boolean redirect();
}
