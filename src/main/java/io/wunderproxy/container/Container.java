package io.wunderproxy.container;

import io.wunderproxy.names.ShortId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A container as the engine described it at one moment.
 *
 * @param name without the slash that the engine puts before it
 * @param image the reference that it was created from
 * @param created when it was created
 * @param environment {@code KEY=value} lines, those of the image included
 * @param network whose network it uses
 * @param addresses the IP addresses of its network, those of IPv4 first; none if that is its host's
 * @param published the host's address and port for each of its published TCP ports
 */
public record Container(
        String id,
        String name,
        String image,
        Map<String, String> labels,
        Instant created,
        List<String> environment,
        Status status,
        Network network,
        List<String> addresses,
        Map<Integer, Address> published) {

    /** The owner of the network that a container uses, and so who else may listen at its addresses. */
    public enum Network {
        /** Its own: whatever listens at its addresses is this container. */
        OWN,
        /** Its host's. */
        OF_HOST,
        /** Another container's, {@code container:<id>}. */
        OF_CONTAINER
    }

    /** A host and a port where something listens. */
    public record Address(String host, int port) {
        @Override
        public String toString() {
            return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
        }
    }

    /**
     * Whether it runs, and how it ended if it does not.
     *
     * @param state the engine's word: {@code created}, {@code running}, {@code paused}, {@code exited}, ...
     * @param processId the id of its first process as its host sees it; 0 when it does not run
     * @param error the engine's reason when it could not be started; otherwise empty
     * @param health the finding of the engine's own check of it; empty if it has none
     */
    public record Status(
            String state, int exitCode, boolean outOfMemory, String error, long processId, Optional<Health> health) {

        public boolean running() {
            return state.equals("running");
        }

        /** Describes how it ended, for people. */
        public String describe() {
            if (!error.isBlank()) {
                return "could not be started: " + error;
            }
            return switch (state) {
                case "exited", "dead" ->
                    "exited with code " + exitCode + (outOfMemory ? ", out of memory" : "") + signal(exitCode);
                default -> "is " + state;
            };
        }

        private static String signal(int exitCode) {
            return switch (exitCode) {
                case 126 -> " (its command is not executable)";
                case 127 -> " (its command was not found)";
                case 137 -> " (killed)";
                case 139 -> " (segmentation fault)";
                case 143 -> " (terminated)";
                default -> "";
            };
        }
    }

    /**
     * The finding of the engine's own check (HEALTHCHECK) of a container.
     *
     * @param status the engine's word: {@code starting}, {@code healthy} or {@code unhealthy}
     * @param output what the command of the check wrote last; empty if it wrote nothing
     */
    public record Health(String status, String output) {}

    public boolean running() {
        return status.running();
    }

    /** Whether others may listen at its addresses too. */
    public boolean sharesNetwork() {
        return network != Network.OWN;
    }

    /** The first 8 digits of the id, as responses and logs show it. */
    public String abbreviatedId() {
        return ShortId.of(id);
    }

    public Optional<String> label(String key) {
        return Optional.ofNullable(labels.get(key));
    }

    /** The port of the host at which this port of the container is published, if it is. */
    public OptionalInt publishedPort(int port) {
        var address = published.get(port);
        return address == null ? OptionalInt.empty() : OptionalInt.of(address.port());
    }
}
