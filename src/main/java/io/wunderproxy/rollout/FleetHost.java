package io.wunderproxy.rollout;

import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.Status;
import io.wunderproxy.client.ManagerAddress;
import io.wunderproxy.client.ManagerCalls;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.launchconfig.ConfigHash;
import io.wunderproxy.time.MonotonicTime;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * One host of a fleet: calls its manager, with patience for a connection that breaks and not for one that stays away. Calls
 * block; failures are {@link ManagerException}s.
 */
final class FleetHost implements AutoCloseable {

    /** How long a manager may be unreachable before it counts as gone. */
    static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final Duration PAUSE = Duration.ofMillis(500);
    private static final int LOG_LINES = 10;

    private final String name;
    private final ManagerCalls manager;
    private final MonotonicTime time;
    private final Patience patience;

    /** @param name the member's id in the table, or the manager's address */
    FleetHost(String name, ManagerCalls manager, MonotonicTime time) {
        this.name = name;
        this.manager = manager;
        this.time = time;
        this.patience = new Patience(time, PATIENCE, PAUSE);
    }

    String name() {
        return name;
    }

    ManagerAddress address() {
        return manager.address();
    }

    /**
     * A host's first response, before it is asked to do anything. It is empty for one that does not respond.
     *
     * @param refusal its response to calls that change something; empty if it accepts the token
     * @param identity the host's identity; empty if it refuses the token
     */
    record Greeting(Optional<String> refusal, Optional<Identity> identity) {}

    /** Asks for the greeting once. */
    Greeting greeting() {
        try {
            manager.checkToken();
            return new Greeting(Optional.empty(), Optional.of(manager.identity()));
        } catch (ManagerException e) {
            return new Greeting(
                    e.kind() == Kind.NOT_ALLOWED ? Optional.of(e.getMessage()) : Optional.empty(), Optional.empty());
        }
    }

    /** Sets the number that calls which change something carry from now on, see {@link ManagerCalls#fenced}. */
    void fenced(long fence) {
        manager.fenced(fence);
    }

    Status status() {
        return patience.whileUnavailable(manager::status);
    }

    /** The status now; the call is not repeated. */
    Status statusNow() {
        return manager.status();
    }

    Serving serving() {
        return Serving.of(status());
    }

    /**
     * Launches the configuration, and returns when it is healthy.
     *
     * @param within how long that may take
     * @param listener gets what is being done
     */
    void launch(ConfigHash hash, Duration within, Consumer<String> listener) {
        patiently(() -> manager.beginLaunch(hash.value()));
        new Patience(time, within, PAUSE)
                .until(() -> launched(hash, listener))
                .orElseThrow(() -> new ManagerException(Kind.NOT_HEALTHY, "not healthy within --timeout"));
    }

    /** The deployment when it is healthy; empty while it is being launched. */
    private Optional<DeploymentView> launched(ConfigHash hash, Consumer<String> listener) {
        var deployment = patience.whileUnavailable(() -> manager.deployment(hash.value()));
        return switch (deployment.state()) {
            case "healthy", "active" -> Optional.of(deployment);
            case "launching" -> {
                listener.accept(lastMessage(deployment));
                yield Optional.empty();
            }
            case "failed" ->
                throw new ManagerException(
                        Kind.NOT_HEALTHY, deployment.failure().orElse("its launch failed"));
            case String other ->
                throw new ManagerException(
                        Kind.NOT_HEALTHY, "somebody else removed it during its launch: it is " + other);
        };
    }

    private static String lastMessage(DeploymentView deployment) {
        var events = deployment.events().orElse(List.of());
        return events.isEmpty() ? "launching" : events.getLast().message();
    }

    void switchTo(ConfigHash hash) {
        patiently(() -> manager.switchTo(hash.value()));
    }

    /** Removes the container that was launched and not switched to, if it is there. */
    void discard(ConfigHash hash) {
        try {
            patiently(() -> manager.discard(hash.value()));
        } catch (ManagerException e) {
            if (e.kind() != Kind.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** The last lines of the container; none if they can't be had. */
    List<String> log(ConfigHash hash) {
        try {
            return manager.log(hash.value(), LOG_LINES);
        } catch (ManagerException e) {
            return List.of();
        }
    }

    /** Makes a call that can be repeated safely, until the manager is reached. */
    private void patiently(Runnable call) {
        patience.whileUnavailable((Supplier<Void>) () -> {
            call.run();
            return null;
        });
    }

    @Override
    public void close() {
        manager.close();
    }
}
