package io.wunderproxy.blackbox;

import static io.wunderproxy.testkit.Patience.LONG;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/** The program under test in a process of its own, and the calls that an operator makes to it. */
final class Agent implements AutoCloseable {

    private final List<String> words;
    private final Map<String, String> environment;
    private final Path log;
    private final Path token;
    private final int proxyPort;
    private final int apiPort;
    private final HttpClient http = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();
    private final List<ProcessHandle> successors = new CopyOnWriteArrayList<>();
    private ServerProcess process;

    Agent(List<String> words, Map<String, String> environment, Path log, Path token, int proxyPort, int apiPort) {
        this.words = words;
        this.environment = environment;
        this.log = log;
        this.token = token;
        this.proxyPort = proxyPort;
        this.apiPort = apiPort;
    }

    // ---- the process ----

    /** Starts it; does not wait. */
    Agent start() {
        process = new ServerProcess("the agent", words, environment, log);
        return this;
    }

    /** Waits until its manager responds. */
    Agent awaitUp() {
        await("the manager to respond")
                .atMost(LONG)
                .failFast(() -> {
                    if (!process.isAlive()) {
                        throw new AssertionError("the agent has ended:\n" + log());
                    }
                })
                .ignoreExceptions()
                .until(() -> api("GET", "/q/health/live").status() == 200);
        return this;
    }

    Agent awaitReady() {
        await("readiness").atMost(LONG).ignoreExceptions().until(() -> ready().status() == 200);
        return this;
    }

    /** Waits until the proxy responds with this revision. */
    Agent awaitServing(Revision.Published expected) {
        await("the proxy to serve " + expected.revision())
                .atMost(LONG)
                .ignoreExceptions()
                .until(() -> get("/revision").revision().equals(expected.revision()));
        return this;
    }

    ServerProcess process() {
        return process;
    }

    void kill() {
        process.kill();
    }

    Agent restart() {
        process.close();
        return start().awaitUp();
    }

    String log() {
        return process.log();
    }

    @Override
    public void close() {
        successors.forEach(ProcessHandle::destroyForcibly);
        if (process != null) {
            process.close();
        }
    }

    /** Replaces it by its successor, which must succeed; {@link #process} stays the first one. */
    ProcessHandle replace() {
        var response = reload();
        assertThat(response.status()).as(() -> response.body() + "\n" + story()).isEqualTo(200);
        var successor =
                ProcessHandle.of(response.json().path("ProcessId").asLong()).orElseThrow();
        successors.add(successor);
        return successor;
    }

    /** Asks it to replace itself. */
    Response reload() {
        return api("POST", "/reload", request -> request.header("Authorization", "Bearer " + token())
                .header("Accept", "application/json"));
    }

    /** Its processes that were started by another one of it. */
    List<ProcessHandle> children() {
        return process.children();
    }

    /** Waits until it says that its hand-over has come to this step; returns the successor. */
    ProcessHandle awaitHandOver(String step) {
        var said = Pattern.compile("hand-over to process (\\d+): " + Pattern.quote(step));
        var process = await("the hand-over to come so far that " + step)
                .atMost(LONG)
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .until(
                        () -> said.matcher(log())
                                .results()
                                .map(found -> Long.parseLong(found.group(1)))
                                .findFirst(),
                        Optional::isPresent)
                .orElseThrow();
        var successor = ProcessHandle.of(process).orElseThrow();
        successors.add(successor);
        return successor;
    }

    // ---- the manager ----

    int apiPort() {
        return apiPort;
    }

    String token() {
        try {
            return Files.readString(token).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A call of the manager's API with this request; without a token. Repeated as commands do while the agent is replaced. */
    Response api(String method, String path, Consumer<HttpRequest.Builder> more) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + apiPort + path))
                .timeout(Duration.ofSeconds(120))
                .method(method, BodyPublishers.noBody());
        more.accept(request);
        var response = new AtomicReference<Response>();
        await().atMost(LONG).pollDelay(Duration.ZERO).until(() -> {
            response.set(send(request.build()));
            return response.get().status() != 503 || !response.get().body().contains("is being replaced by");
        });
        return response.get();
    }

    Response api(String method, String path) {
        return api(method, path, request -> {});
    }

    /** A call with the operator's token. */
    Response post(String path, String body) {
        return api("POST", path, request -> request.header("Authorization", "Bearer " + token())
                .POST(BodyPublishers.ofString(body)));
    }

    Response launch(String hash) {
        return post("/launch", hash);
    }

    Response launch(Revision.Published revision) {
        return launch(revision.hash());
    }

    CompletableFuture<Response> launchLater(Revision.Published revision) {
        var response = new CompletableFuture<Response>();
        Thread.ofVirtual().start(() -> {
            try {
                response.complete(launch(revision));
            } catch (RuntimeException e) {
                response.completeExceptionally(e);
            }
        });
        return response;
    }

    Response switchTo(Revision.Published revision) {
        return post("/switch", revision.hash());
    }

    /** Switches, and has the new revision compared with the former one for so long. */
    Response switchAndBake(Revision.Published revision, String time) {
        return post("/switch?bake=" + time, revision.hash());
    }

    /** The state of the last bake of a revision. */
    String bake(Revision.Published revision) {
        return api("GET", "/deployments/" + revision.hash())
                .json()
                .at("/Bake/State")
                .asText();
    }

    /** Launches and switches; both must succeed. */
    Agent deploy(Revision.Published revision) {
        assertThat(launch(revision)).as(this::story).hasFieldOrPropertyWithValue("status", 200);
        assertThat(switchTo(revision)).as(this::story).hasFieldOrPropertyWithValue("status", 200);
        return this;
    }

    JsonNode status() {
        return api("GET", "/status").json();
    }

    Response ready() {
        return api("GET", "/q/health/ready");
    }

    String metrics() {
        return api("GET", "/q/metrics").body();
    }

    /** What to print beside a failed assertion. */
    String story() {
        return "log of the agent:\n" + log();
    }

    // ---- the proxy ----

    int proxyPort() {
        return proxyPort;
    }

    URI proxied(String path) {
        return URI.create("http://127.0.0.1:" + proxyPort + path);
    }

    URI webSocket(String path) {
        return URI.create("ws://127.0.0.1:" + proxyPort + path);
    }

    Response get(String path) {
        return request(path, request -> {});
    }

    Response request(String path, Consumer<HttpRequest.Builder> more) {
        var request = HttpRequest.newBuilder(proxied(path)).timeout(Duration.ofSeconds(60));
        more.accept(request);
        return send(request.build());
    }

    HttpClient http() {
        return http;
    }

    private Response send(HttpRequest request) {
        try {
            var response = http.send(request, BodyHandlers.ofByteArray());
            return new Response(response.statusCode(), new String(response.body(), StandardCharsets.UTF_8), response);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
