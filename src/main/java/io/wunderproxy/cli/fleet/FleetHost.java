package io.wunderproxy.cli.fleet;

import com.fasterxml.jackson.databind.JsonNode;
import io.wunderproxy.cli.CommandFailure;
import io.wunderproxy.cli.Exit;
import io.wunderproxy.cli.host.HostDeployments;
import io.wunderproxy.cli.reach.Manager;
import io.wunderproxy.client.ManagerAddress;
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
    private final Manager manager;

    /** @param name the member's id in the table, or the manager's address */
    FleetHost(String name, Manager manager) {
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
        } catch (CommandFailure e) {
            return e.exit() == Exit.NOT_ALLOWED ? Optional.of(e.getMessage()) : Optional.empty();
        }
    }

    /** Calls that change something carry this number from now on, see {@link Manager#fenced}. */
    void fenced(long fence) {
        manager.fenced(fence);
    }

    JsonNode status() {
        return patiently(manager::status);
    }

    /** The same, but only asked once. */
    JsonNode statusNow() {
        return manager.status();
    }

    /**
     * Launches the configuration, and returns when it is healthy.
     *
     * @param listener is told what is being done
     */
    void launch(ConfigHash hash, Duration within, Consumer<String> listener) {
        var until = System.nanoTime() + within.toNanos();
        patiently(() -> manager.post("/launch?wait=false", hash.value(), Manager.Form.TEXT));
        while (true) {
            var deployment = patiently(() -> manager.get("/deployments/" + hash.value(), Manager.Form.JSON)
                    .json());
            switch (deployment.path("State").asText()) {
                case "healthy", "active" -> {
                    return;
                }
                case "launching" -> listener.accept(lastMessage(deployment));
                case "failed" ->
                    throw new CommandFailure(
                            Exit.NOT_HEALTHY, deployment.path("Failure").asText("its launch failed"));
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

    private static String lastMessage(JsonNode deployment) {
        var events = deployment.path("Events");
        return events.isEmpty()
                ? "launching"
                : events.path(events.size() - 1).path("Message").asText("launching");
    }

    void switchTo(ConfigHash hash) {
        patiently(() -> manager.post("/switch", hash.value(), Manager.Form.TEXT));
    }

    /** Removes what was launched and not switched to. */
    void discard(ConfigHash hash) {
        try {
            patiently(() -> manager.delete("/deployments/" + hash.value(), Manager.Form.TEXT));
        } catch (CommandFailure e) {
            if (e.exit() != Exit.NOT_FOUND) {
                throw e;
            }
        }
    }

    /** The last lines of the container; none if they can't be had. */
    List<String> log(ConfigHash hash) {
        try {
            return manager.get("/deployments/" + hash.value() + "/logs?tail=" + LOG_LINES, Manager.Form.TEXT)
                    .body()
                    .lines()
                    .toList();
        } catch (CommandFailure e) {
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
                return call.make();
            } catch (CommandFailure e) {
                if (e.exit() != Exit.UNAVAILABLE || System.nanoTime() - until > 0) {
                    throw e;
                }
            }
            pause();
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
