package io.wunderproxy.deployment;

import io.wunderproxy.options.Bounds;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The operator's options for deployments.
 *
 * @param app the application's name: the repository of its images on the local registry
 * @param store bucket and prefix of its launch configurations
 * @param registryPort the port of the local registry: images of the application begin with {@code localhost:<port>/<app>:}
 * @param environmentFile {@code KEY=value} lines that every container gets besides its own environment
 * @param stateDir the directory of the journal and the other files that must survive a crash
 * @param drainTimeout how long an old container may finish its requests after a switch; up to a year
 * @param launchTimeout how long a container may take to become healthy; up to a year
 * @param healthInterval the time between two probes of the active container; at least 1 s
 * @param stopTimeout how long a container has to end after SIGTERM, before SIGKILL; up to a year
 */
public record DeploymentOptions(
        String app,
        String store,
        int registryPort,
        Optional<Path> environmentFile,
        Path stateDir,
        Duration drainTimeout,
        Duration launchTimeout,
        Duration healthInterval,
        Duration stopTimeout) {

    public static final int DEFAULT_REGISTRY_PORT = 8080;
    public static final Duration DEFAULT_DRAIN_TIMEOUT = Duration.ofSeconds(30);
    public static final Duration DEFAULT_LAUNCH_TIMEOUT = Duration.ofMinutes(5);
    public static final Duration DEFAULT_HEALTH_INTERVAL = Duration.ofSeconds(1);
    public static final Duration DEFAULT_STOP_TIMEOUT = Duration.ofSeconds(10);

    /** The form of a repository's name on a registry, without its host. */
    private static final Pattern APP = Pattern.compile("[a-z0-9]+(?:[._/-]+[a-z0-9]+)*");

    private static final int LAST_PORT = 65_535;

    public DeploymentOptions {
        Bounds.form("app", app, APP, "must be lower-case letters and digits, with '.', '_', '-' or '/' between them");
        Bounds.number("registryPort", registryPort, 1, LAST_PORT);
        Bounds.time("drainTimeout", drainTimeout, Duration.ZERO);
        Bounds.time("launchTimeout", launchTimeout, Duration.ZERO);
        Bounds.time("healthInterval", healthInterval, Duration.ofSeconds(1));
        Bounds.time("stopTimeout", stopTimeout, Duration.ZERO);
    }
}
