package io.wunderproxy.deployment;

import io.wunderproxy.events.Event;
import io.wunderproxy.events.EventType;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.launchconfig.LaunchConfig;
import io.wunderproxy.proxy.routing.Backend;
import io.wunderproxy.proxy.rules.ProxySettings;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One revision on this host.
 *
 * @param number counts the launches on this host: a later launch has a higher one, whatever the clock said
 * @param config its launch configuration; empty once it has ended
 * @param history the states that it went through, oldest first, the present one last
 * @param unknown fields that a later version noted about it
 */
public record Deployment(
        long number,
        ConfigHash hash,
        String revision,
        Optional<LaunchConfig> config,
        DeploymentState state,
        List<Transition> history,
        UnknownFields unknown) {

    private static final int HISTORY = 20;

    /** The journal's name for the facts about one container only. */
    static final String INSTANCE = "Instance";

    /** A state, and when it was entered. */
    public record Transition(String state, Instant at, UnknownFields unknown) {
        Transition(String state, Instant at) {
            this(state, at, UnknownFields.NONE);
        }
    }

    static Deployment launching(long number, LaunchConfig config, Instant now) {
        var state = new DeploymentState.Launching();
        return new Deployment(
                number,
                config.hash(),
                config.revision(),
                Optional.of(config),
                state,
                List.of(new Transition(state.label(), now)),
                UnknownFields.NONE);
    }

    /** This deployment in another state. The same state with another container is no transition. */
    Deployment in(DeploymentState next, Instant now) {
        var recent = history.subList(Math.max(0, history.size() - HISTORY + 1), history.size());
        return new Deployment(
                number,
                hash,
                revision,
                next.ended() ? Optional.empty() : config,
                next,
                next.label().equals(state.label())
                        ? history
                        : Stream.concat(recent.stream(), Stream.of(new Transition(next.label(), now)))
                                .toList(),
                containerOf(next).isPresent() && containerOf(next).equals(containerOf(state))
                        ? unknown
                        : unknown.without(INSTANCE));
    }

    private static Optional<String> containerOf(DeploymentState state) {
        return state.running().map(Instance::containerId);
    }

    /** This deployment with another number. */
    Deployment numbered(long other) {
        return new Deployment(other, hash, revision, config, state, history, unknown);
    }

    /** An event about this deployment. */
    Event event(EventType type, String message) {
        return Event.of(type, message).about(hash.value(), revision);
    }

    /** The backend for its requests while it runs in this container. */
    Backend backend(Instance instance) {
        var protocol = config.map(LaunchConfig::protocol).orElse(LaunchConfig.Protocol.HTTP_1_1);
        return new Backend(
                instance.containerId(),
                instance.address().host(),
                instance.address().port(),
                switch (protocol) {
                    case HTTP_1_1 -> Backend.Protocol.HTTP_1_1;
                    case HTTP_2 -> Backend.Protocol.HTTP_2;
                },
                config.map(LaunchConfig::proxy).orElse(ProxySettings.NONE));
    }

    /** When it entered the state that it is in. */
    public Instant since() {
        return history.getLast().at();
    }

    /** When its launch began. */
    public Instant launchedAt() {
        return lastIn("launching").orElse(history.getFirst().at());
    }

    /** When it was last found healthy by a launch; empty if that is not known. */
    public Optional<Instant> confirmedAt() {
        return lastIn("healthy");
    }

    /** When it was last switched to; empty if that is not known. */
    public Optional<Instant> switchedAt() {
        return lastIn("active");
    }

    /** When the last of it was gone from this host; empty if there is something left. */
    public Optional<Instant> endedAt() {
        return state.ended() ? Optional.of(since()) : Optional.empty();
    }

    private Optional<Instant> lastIn(String label) {
        return history.stream()
                .filter(t -> t.state().equals(label))
                .reduce((first, last) -> last)
                .map(Transition::at);
    }

    @Override
    public String toString() {
        return "revision " + revision + " (" + hash.abbreviated() + ")";
    }
}
