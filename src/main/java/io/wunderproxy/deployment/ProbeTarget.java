package io.wunderproxy.deployment;

import io.wunderproxy.container.Container;
import io.wunderproxy.container.ContainerRuntime;
import io.wunderproxy.health.HealthProber.Target;
import io.wunderproxy.launchconfig.LaunchConfig;
import java.util.List;
import java.util.Optional;

/** Where a container is asked whether it is healthy: nowhere while it does not run, or somebody else would respond in its place. */
final class ProbeTarget {

    private ProbeTarget() {}

    /** @param checkPort the port that is asked; requests go to the application's, which must be its own as well */
    static Target of(Optional<Container> container, LaunchConfig config, int checkPort, ContainerRuntime runtime) {
        if (container.isEmpty()) {
            return new Target.Nowhere("the container is gone");
        }
        if (!container.get().running()) {
            return new Target.Nowhere(
                    "the container " + container.get().status().describe());
        }
        for (var port : List.of(checkPort, config.port())) {
            var stranger = runtime.stranger(container.get(), port);
            if (stranger.isPresent()) {
                return new Target.Nowhere("on port " + port + " of its network listens "
                        + stranger.get().description() + ", which is not of this container");
            }
        }
        return runtime.address(container.get(), checkPort)
                .<Target>map(address -> new Target.At(address.host(), address.port()))
                .orElse(new Target.Nowhere("the container has no address"));
    }
}
