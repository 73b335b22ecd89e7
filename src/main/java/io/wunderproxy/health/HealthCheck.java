package io.wunderproxy.health;

import java.time.Duration;
import java.util.Map;
import java.util.Set;

/**
 * How to tell whether a container may serve.
 *
 * @param port the port inside of the container
 * @param interval the longest pause between two probes while the container launches
 * @param timeout how long one probe may take, from connecting to the status line
 * @param successes how many probes in a row must succeed before the container counts as healthy
 * @param deadline how long a container may take until it is healthy
 */
public record HealthCheck(
        Question question, int port, Duration interval, Duration timeout, int successes, Duration deadline) {

    /** The question of a probe. */
    public sealed interface Question {

        /**
         * {@code GET path} must return a good status.
         *
         * @param path path and query, beginning with a slash
         * @param good the statuses that are good
         * @param headers sent besides {@code X-Forwarded-Proto: https}
         * @param http2 whether HTTP/2 with prior knowledge is spoken instead of HTTP/1.1
         */
        record Http(String path, Set<Integer> good, Map<String, String> headers, boolean http2) implements Question {}

        /**
         * The method {@code grpc.health.v1.Health/Check}, over HTTP/2 without TLS, must say that it serves.
         *
         * @param service the service that is asked about; empty: the whole server
         * @param headers sent besides {@code X-Forwarded-Proto: https}
         */
        record Grpc(String service, Map<String, String> headers) implements Question {}

        /** A connection must be accepted. */
        record Connect() implements Question {}

        /** The engine's own check of the container must find it healthy. */
        record Engine() implements Question {}

        /** The question as the beginning of a sentence that the result continues. */
        default String describe() {
            return switch (this) {
                case Http http -> "GET " + http.path();
                case Grpc(var service, var headers) ->
                    "gRPC's health check" + (service.isEmpty() ? "" : " of " + service);
                case Connect() -> "a connection";
                case Engine() -> "Docker's HEALTHCHECK";
            };
        }
    }

    /** The question, and the port where it is asked. */
    public String describe() {
        return question.describe() + (question instanceof Question.Engine ? "" : " on port " + port);
    }
}
