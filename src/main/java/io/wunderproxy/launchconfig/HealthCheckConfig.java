package io.wunderproxy.launchconfig;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The health check of an application in its launch configuration; a field that is missing has the agent's default.
 *
 * @param path path and query that are asked for, beginning with a slash; empty when the kind asks for none
 * @param good the statuses of HTTP that are good; default 200
 * @param service the service that gRPC's health protocol is asked about; empty, the default: the whole server
 * @param port the container's port that is asked; default: the application's port
 * @param interval the longest pause between two probes while a container launches; default 1 s
 * @param timeout how long one probe may take; default 2 s
 * @param successes how many probes in a row must be good; default 2
 * @param deadline how long a container may take to become healthy; default: the agent's {@code --launch-timeout}
 * @param restartAfter how long the active container may respond to nothing before it is started again; empty, the default: it is not
 * @param headers sent with each probe besides {@code X-Forwarded-Proto: https}
 */
public record HealthCheckConfig(
        Kind kind,
        String path,
        Set<Integer> good,
        String service,
        Optional<Integer> port,
        Optional<Duration> interval,
        Optional<Duration> timeout,
        Optional<Integer> successes,
        Optional<Duration> deadline,
        Optional<Duration> restartAfter,
        Map<String, String> headers) {

    /** The question of a probe. */
    public enum Kind {
        /** A request of HTTP, which must return a good status. */
        HTTP(Set.of("Path", "Status", "Headers", "Port", "Timeout")),
        /** The health protocol of gRPC. */
        GRPC(Set.of("Service", "Headers", "Port", "Timeout")),
        /** A connection. */
        TCP(Set.of("Port", "Timeout")),
        /** Docker's own check of the container. */
        DOCKER(Set.of());

        private final Set<String> fields;

        Kind(Set<String> fields) {
            this.fields = fields;
        }

        /** Whether a field that not every kind has means anything to this one. */
        boolean has(String field) {
            return fields.contains(field);
        }
    }
}
