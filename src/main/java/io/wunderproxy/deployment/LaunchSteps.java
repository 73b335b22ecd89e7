package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.launchconfig.StaticEnvironment;

/**
 * The parts that all launches of one application share.
 *
 * @param environment the variables that {@code --cfg} adds to every container's own
 */
record LaunchSteps(
        Application application,
        StaticEnvironment environment,
        Instances instances,
        ContainerNames names,
        ContainerStart starts,
        Journal journal,
        Retirement retirement,
        Host host) {

    /** The launch of this configuration, which has not begun. */
    Launch of(LaunchConfig config) {
        return new Launch(config, this);
    }
}
