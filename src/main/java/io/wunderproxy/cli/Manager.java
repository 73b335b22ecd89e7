package io.wunderproxy.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.github.dockerjava.httpclient5.ApacheDockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient;
import com.github.dockerjava.transport.DockerHttpClient.Request;
import com.github.dockerjava.transport.DockerHttpClient.Request.Method;
import com.github.dockerjava.transport.DockerHttpClient.Response;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLContext;

/**
 * One host's manager, over its API. The client is the one that the agent speaks to Docker with: it knows TCP, TLS and Unix
 * sockets. Calls block; failures are {@link CommandFailure}s.
 */
final class Manager implements AutoCloseable {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);

    /** What a launch that failed has to say is a few log lines. */
    private static final int LONGEST_ANSWER = 16 * 1024 * 1024;

    private final ManagerAddress address;
    private final Optional<String> token;
    private final DockerHttpClient http;
    private volatile Map<String, String> fence = Map.of();

    /** Whether answers are wanted as JSON; else they are lines for people. */
    enum Form {
        TEXT("text/plain"),
        JSON("application/json");

        private final String mediaType;

        Form(String mediaType) {
            this.mediaType = mediaType;
        }
    }

    /** An answer, whole. */
    record Answer(int status, String body) {

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (JsonProcessingException e) {
                throw new CommandFailure(
                        "the manager's answer is not JSON: is this the address of a wunderproxy manager?");
            }
        }
    }

    /**
     * Opens no connection yet.
     *
     * @param trusted who may vouch for the manager; null without TLS
     * @param timeout how long an answer may take, and a pause within it
     */
    Manager(ManagerAddress address, Optional<String> token, SSLContext trusted, Duration timeout) {
        this.address = address;
        this.token = token;
        this.http = new ApacheDockerHttpClient.Builder()
                .dockerHost(address.uri())
                .sslConfig(address.tls() ? () -> trusted : null)
                .connectionTimeout(CONNECT_TIMEOUT)
                .responseTimeout(timeout)
                .build();
    }

    /**
     * Calls that change something carry this number from now on: the agent refuses a call whose number is lower than one that it has
     * seen, so that who has lost the lock of a fleet can't undo what was done since.
     */
    void fenced(long number) {
        fence = Map.of("Wunderproxy-Fence", Long.toString(number));
    }

    ManagerAddress address() {
        return address;
    }

    /** What {@code GET} answers; it must succeed. */
    Answer get(String path, Form form) {
        return successful(call(Method.GET, path, "", form));
    }

    /** What {@code POST} answers; it must succeed. */
    Answer post(String path, String body, Form form) {
        return successful(call(Method.POST, path, body, form));
    }

    JsonNode status() {
        return get("/status", Form.JSON).json();
    }

    /** Any answer, a failure as well. */
    Answer call(Method method, String path, String body, Form form) {
        try (var response = http.execute(request(method, path, body, Map.of("Accept", form.mediaType)))) {
            return new Answer(response.getStatusCode(), read(response));
        } catch (RuntimeException | IOException e) {
            throw unreachable(e);
        }
    }

    /** Reads an answer as it comes. */
    interface Reader {
        void read(InputStream body) throws IOException;
    }

    /**
     * Gives the body of a successful answer to the reader.
     *
     * @throws IOException if it breaks off
     */
    void stream(String path, Map<String, String> headers, Reader reader) throws IOException {
        Response response;
        try {
            response = http.execute(request(Method.GET, path, "", headers));
        } catch (RuntimeException e) {
            throw unreachable(e);
        }
        try (response) {
            if (response.getStatusCode() != 200) {
                successful(new Answer(response.getStatusCode(), read(response)));
            }
            reader.read(response.getBody());
        }
    }

    private Request request(Method method, String path, String body, Map<String, String> headers) {
        var all = new HashMap<>(headers);
        token.ifPresent(t -> all.put("Authorization", "Bearer " + t));
        if (method != Method.GET) {
            all.putAll(fence);
        }
        var request = Request.builder().method(method).path(path).putAllHeaders(all);
        if (method == Method.POST) {
            request.bodyBytes(body.getBytes(StandardCharsets.UTF_8));
        }
        return request.build();
    }

    private static String read(Response response) throws IOException {
        var body = response.getBody();
        return body == null ? "" : new String(body.readNBytes(LONGEST_ANSWER), StandardCharsets.UTF_8);
    }

    private Answer successful(Answer answer) {
        if (answer.status() >= 200 && answer.status() < 300) {
            return answer;
        }
        var exit = Exit.ofStatus(answer.status());
        var reason = reason(answer);
        if (answer.status() == 401) {
            reason = token.isEmpty()
                    ? "the manager wants a token: give --token-file, or token or token-file in the configuration file; "
                            + "the agent keeps it in api-token of its state directory"
                    : "the manager does not accept this token; the right one is in api-token of its state directory";
        }
        throw new CommandFailure(exit, reason);
    }

    /** Failures are lines of text, or problem details with the first line and the container's last ones. */
    private static String reason(Answer answer) {
        if (answer.body().startsWith("{")) {
            var problem = answer.json();
            var text = new StringBuilder(problem.path("detail").asText());
            problem.path("log").forEach(line -> text.append('\n').append(line.asText()));
            return text.toString();
        }
        return answer.body().isBlank()
                ? "the manager answered " + answer.status()
                : answer.body().strip();
    }

    /** The client wraps what happened. */
    private CommandFailure unreachable(Exception e) {
        if (e instanceof CommandFailure failure) {
            return failure;
        }
        Throwable cause = e;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        var what = cause.getMessage() == null ? cause.getClass().getSimpleName() : cause.getMessage();
        return new CommandFailure(
                Exit.UNAVAILABLE, "cannot reach the manager at " + address + ": " + what + "; is --host right?");
    }

    @Override
    public void close() {
        try {
            http.close();
        } catch (IOException e) {
            // Nothing is asked of it any more.
        }
    }
}
