package io.wunderproxy.deployment;

import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.proxy.Backend;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One revision on this host.
 *
 * @param config what it runs; empty once it has ended
 * @param history the states that it went through, oldest first, the present one last
 */
public record Deployment(
        ConfigHash hash,
        String revision,
        Optional<LaunchConfig> config,
        DeploymentState state,
        List<Transition> history) {

    private static final int HISTORY = 20;

    /** When a state was entered. */
    public record Transition(String state, Instant at) {}

    static Deployment launching(LaunchConfig config, Instant now) {
        var state = new DeploymentState.Launching();
        return new Deployment(
                config.hash(),
                config.revision(),
                Optional.of(config),
                state,
                List.of(new Transition(state.label(), now)));
    }

    Deployment in(DeploymentState next, Instant now) {
        var recent = history.subList(Math.max(0, history.size() - HISTORY + 1), history.size());
        return new Deployment(
                hash,
                revision,
                next.ended() ? Optional.empty() : config,
                next,
                Stream.concat(recent.stream(), Stream.of(new Transition(next.label(), now)))
                        .toList());
    }

    /** Where requests go while it runs in this container. */
    Backend backend(Instance instance) {
        var protocol = config.map(LaunchConfig::protocol).orElse(LaunchConfig.Protocol.HTTP_1_1);
        return new Backend(
                instance.containerId(),
                instance.address().host(),
                instance.address().port(),
                switch (protocol) {
                    case HTTP_1_1 -> Backend.Protocol.HTTP_1_1;
                    case HTTP_2 -> Backend.Protocol.HTTP_2;
                });
    }

    /** When it entered the state that it is in. */
    public Instant since() {
        return history.getLast().at();
    }

    /** When its launch began. */
    Instant launchedAt() {
        return history.stream()
                .filter(t -> t.state().equals("launching"))
                .reduce((first, last) -> last)
                .orElse(history.getFirst())
                .at();
    }

    @Override
    public String toString() {
        return "revision " + revision + " (" + hash.abbreviated() + ")";
    }
}
