package io.wunderproxy.deployment;

import io.wunderproxy.container.ListeningSocket;
import io.wunderproxy.health.HealthCheck;
import io.wunderproxy.health.HealthCheck.Question;
import io.wunderproxy.health.ProbeResult;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/**
 * The hint that a colleague would give after a look at a container that did not launch, as the rest of a sentence. Nothing of it was
 * written by the application: everybody may read it.
 */
final class LaunchHint {

    private static final Pattern REFUSED_BY_RAILS = Pattern.compile("Blocked hosts?:");

    /** The last is all that Django says outside of its debug mode, of any bad request: it is one for its host when the probe sent it. */
    private static final Pattern REFUSED_BY_DJANGO =
            Pattern.compile("DisallowedHost|Invalid HTTP_HOST header|<h1>Bad Request \\(400\\)</h1>");

    /** The kernel's words for a program that it can't run. */
    private static final Pattern NOT_EXECUTABLE = Pattern.compile("exec format error", Pattern.CASE_INSENSITIVE);

    private LaunchHint() {}

    /**
     * The hint for a container whose last probe got this; empty if there is none.
     *
     * @param log the last lines that the container wrote
     * @param sockets the sockets on which it listens, if that can be seen
     */
    static String of(
            HealthCheck check, ProbeResult last, List<String> log, Supplier<Optional<List<ListeningSocket>>> sockets) {
        return switch (last) {
            case ProbeResult.WrongStatus response ->
                switch (check.question()) {
                    case Question.Http question -> ofResponse(question, response, log);
                    default ->
                        "; nobody speaks gRPC there: name the port of the gRPC server in HealthCheck.Port, or take"
                                + " another HealthCheck.Kind";
                };
            case ProbeResult.Refused() -> ofSockets(check, true, sockets);
            case ProbeResult.Broken _ -> ofSockets(check, false, sockets);
            default -> "";
        };
    }

    /** The hint for a container that has ended, or that the engine could not start; empty if there is none. */
    static String ofEnd(List<String> words) {
        return words.stream().anyMatch(line -> NOT_EXECUTABLE.matcher(line).find())
                ? "; the machine can't run its program: build the image for this machine's kind of processor"
                        + " (docker build --platform), or begin a script with #!"
                : "";
    }

    private static String ofSockets(
            HealthCheck check, boolean refused, Supplier<Optional<List<ListeningSocket>>> sockets) {
        return sockets.get()
                .map(found -> ListeningHint.of(check.port(), refused, found))
                .orElse("");
    }

    private static String ofResponse(Question.Http question, ProbeResult.WrongStatus response, List<String> log) {
        var status = response.status();
        if (status >= 400 && says(REFUSED_BY_RAILS, response, log)) {
            return "; Rails does not let the host in by whose name it was asked: name one of config.hosts in"
                    + " HealthCheck.Headers, as {\"Host\": \"shop.example\"}, or exclude " + question.path()
                    + " in config.host_authorization";
        }
        if (status >= 400 && says(REFUSED_BY_DJANGO, response, log)) {
            return "; Django seems not to let in the host by whose name it was asked: name one of ALLOWED_HOSTS in"
                    + " HealthCheck.Headers, as {\"Host\": \"shop.example\"}";
        }
        if (response.location().isPresent() && status < 400) {
            return response.location().get().startsWith("https://")
                    ? "; let the application respond to " + question.path()
                            + " itself when X-Forwarded-Proto is https, or without a redirect"
                    : "; a redirect is not followed: ask for a path that responds itself (HealthCheck.Path)";
        }
        return switch (status) {
            case 401 ->
                "; the application lets nobody in without credentials: let it respond to " + question.path()
                        + " without any, or send some by HealthCheck.Headers";
            // All that Rails says outside of its debug mode to a host that it does not know, and others say to a
            // stranger.
            case 403 ->
                "; the application does not let the probe in: send what it asks for by HealthCheck.Headers, such as a"
                        + " host that it knows, {\"Host\": \"shop.example\"}, or credentials";
            case 404 ->
                "; the application has nothing at " + question.path()
                        + ": correct HealthCheckPath, or let the application respond there";
            case 405, 415 ->
                question.http2() ? "; an application that speaks gRPC alone is asked with HealthCheck.Kind grpc" : "";
            default -> status < 300 ? "; if that is good, say so in HealthCheck.Status, as \"200-299\"" : "";
        };
    }

    private static boolean says(Pattern words, ProbeResult.WrongStatus response, List<String> log) {
        return words.matcher(response.body()).find()
                || log.stream().anyMatch(line -> words.matcher(line).find());
    }
}
