package io.wunderproxy.deployment;

import io.smallrye.config.ConfigMapping;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What the operator said about deployments; set from the command line of {@code wunderproxy run}. */
@ConfigMapping(prefix = "agent.deployment")
public interface DeploymentConfig {

    /** The application's name: the repository of its images on the local registry. */
    String app();

    /** Bucket and prefix of its launch configurations. */
    String store();

    /** The port of the local registry: images of the application begin with {@code localhost:<port>/<app>:}. */
    int registryPort();

    /** A file of {@code KEY=value} lines that every container gets besides its own environment. */
    Optional<Path> environmentFile();

    /** Where the journal and the other files lie that must survive a crash. */
    Path stateDir();

    /** How long an old container may finish its requests after a switch. */
    Duration drainTimeout();

    /** How long a container may take to become healthy. */
    Duration launchTimeout();

    /** The time between two probes of the active container. */
    Duration healthInterval();

    /** How long a container has to end after SIGTERM, before SIGKILL. */
    Duration stopTimeout();
}
