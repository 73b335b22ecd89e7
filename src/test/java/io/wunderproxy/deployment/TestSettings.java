package io.wunderproxy.deployment;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/** What the operator of a test says about deployments. */
public final class TestSettings {

    public static final Duration DRAIN_TIMEOUT = Duration.ofSeconds(30);
    public static final Duration LAUNCH_TIMEOUT = Duration.ofMinutes(2);
    public static final Duration STOP_TIMEOUT = Duration.ofSeconds(10);

    private static final Duration HEALTH_INTERVAL = Duration.ofSeconds(5);

    private TestSettings() {}

    public static DeploymentOptions of(String app, Path stateDir) {
        return of(app, stateDir, Optional.empty());
    }

    static DeploymentOptions of(String app, Path stateDir, Optional<Path> environmentFile) {
        return new DeploymentOptions(
                app,
                "bucket/" + app,
                8080,
                environmentFile,
                stateDir,
                DRAIN_TIMEOUT,
                LAUNCH_TIMEOUT,
                HEALTH_INTERVAL,
                STOP_TIMEOUT);
    }
}
