package io.wunderproxy.cli.fleet;

import io.wunderproxy.api.DeploymentView;
import io.wunderproxy.api.Status;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.host.HostDeployments;
import io.wunderproxy.client.ManagerAddress;
import io.wunderproxy.client.ManagerClient;
import io.wunderproxy.client.ManagerException;
import io.wunderproxy.client.ManagerException.Kind;
import io.wunderproxy.launchconfig.ConfigHash;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * One host of a fleet: what is asked of its manager, with patience for a connection that breaks and not for one that stays
 * away. Calls block; failures are {@link CommandFailure}s.
 */
final class FleetHost implements AutoCloseable {

    /** A manager that was not reached for so long is not there. */
    static final Duration PATIENCE = Duration.ofSeconds(15);

    private static final Duration LOOK = Duration.ofMillis(500);
    private static final int LOG_LINES = 10;

    private final String name;
    private final ManagerClient manager;

    /** @param name the member's id in the table, or the manager's address */
    FleetHost(String name, ManagerClient manager) {
        this.name = name;
        this.manager = manager;
    }

    String name() {
        return name;
    }

    ManagerAddress address() {
        return manager.address();
    }

    /**
     * Whether the host would refuse calls that change something; a host that does not answer has not refused anything.
     *
     * @return what it would say
     */
    Optional<String> refusal() {
        try {
            manager.checkToken();
            return Optional.empty();
        } catch (ManagerException e) {
            return e.kind() == Kind.NOT_ALLOWED ? Optional.of(e.getMessage()) : Optional.empty();
        }
    }

    /** Calls that change something carry this number from now on, see {@link ManagerClient#fenced}. */
    void fenced(long fence) {
        manager.fenced(fence);
    }

    Status status() {
        return patiently(manager::status);
    }

    /** The same, but only asked once. */
    Status statusNow() {
        return translated(manager::status);
    }

    /**
     * Launches the configuration, and returns when it is healthy.
     *
     * @param listener is told what is being done
     */
    void launch(ConfigHash hash, Duration within, Consumer<String> listener) {
        var until = System.nanoTime() + within.toNanos();
        patiently(() -> manager.post("/launch?wait=false", hash.value(), ManagerClient.Form.TEXT));
        while (true) {
            var deployment = patiently(() -> manager.deployment(hash.value()));
            switch (deployment.state()) {
                case "healthy", "active" -> {
                    return;
                }
                case "launching" -> listener.accept(lastMessage(deployment));
                case "failed" ->
                    throw new CommandFailure(
                            Exit.NOT_HEALTHY, deployment.failure().orElse("its launch failed"));
                case String other ->
                    throw new CommandFailure(
                            Exit.CONFLICT, "somebody else removed it during its launch: it is " + other);
            }
            if (System.nanoTime() - until > 0) {
                throw new CommandFailure(Exit.NOT_HEALTHY, "not healthy within --timeout");
            }
            pause();
        }
    }

    private static String lastMessage(DeploymentView deployment) {
        var events = deployment.events().orElse(List.of());
        return events.isEmpty() ? "launching" : events.getLast().message();
    }

    void switchTo(ConfigHash hash) {
        patiently(() -> manager.post("/switch", hash.value(), ManagerClient.Form.TEXT));
    }

    /** Removes what was launched and not switched to. */
    void discard(ConfigHash hash) {
        try {
            patiently(() -> manager.delete("/deployments/" + hash.value(), ManagerClient.Form.TEXT));
        } catch (CommandFailure e) {
            if (e.exit() != Exit.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** The last lines of the container; none if they can't be had. */
    List<String> log(ConfigHash hash) {
        try {
            return manager.get("/deployments/" + hash.value() + "/logs?tail=" + LOG_LINES, ManagerClient.Form.TEXT)
                    .body()
                    .lines()
                    .toList();
        } catch (ManagerException e) {
            return List.of();
        }
    }

    /** The hash that new requests go to; empty when nothing serves. */
    Optional<ConfigHash> active() {
        return HostDeployments.active(status());
    }

    private interface Call<T> {
        T make();
    }

    /** All calls that are made here may be repeated. */
    private static <T> T patiently(Call<T> call) {
        var until = System.nanoTime() + PATIENCE.toNanos();
        while (true) {
            try {
                return translated(call);
            } catch (CommandFailure e) {
                if (e.exit() != Exit.UNAVAILABLE || System.nanoTime() - until > 0) {
                    throw e;
                }
            }
            pause();
        }
    }

    /** A failure of the manager as one of the command. */
    private static <T> T translated(Call<T> call) {
        try {
            return call.make();
        } catch (ManagerException e) {
            throw new CommandFailure(Exit.of(e), e.getMessage());
        }
    }

    private static void pause() {
        try {
            Thread.sleep(LOOK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("interrupted");
        }
    }

    @Override
    public void close() {
        manager.close();
    }
}
