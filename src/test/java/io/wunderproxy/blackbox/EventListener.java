package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;

/** Listens to an agent's events, as a browser does. */
final class EventListener implements AutoCloseable {

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final List<JsonNode> heard = new CopyOnWriteArrayList<>();
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final InputStream body;

    /** Returns when the agent has begun to respond: nothing that happens afterwards is missed. */
    EventListener(Agent agent, String query, String... headers) {
        var request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + agent.apiPort() + "/events" + query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        try {
            var response = http.send(request.build(), BodyHandlers.ofInputStream());
            if (response.statusCode() != 200) {
                throw new AssertionError("status " + response.statusCode());
            }
            body = response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        Thread.ofVirtual().start(this::listen);
    }

    private void listen() {
        try (var reader = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8))) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                lines.add(line);
                if (line.startsWith("data: ")) {
                    heard.add(Response.JSON.readTree(line.substring("data: ".length())));
                }
            }
        } catch (IOException e) {
            // The end of the test, or of the agent.
        }
    }

    List<JsonNode> heard() {
        return heard;
    }

    /** The stream as it came, line by line. */
    List<String> lines() {
        return lines;
    }

    /** The types of the events of this revision's deployment, repetitions left out. */
    List<String> typesOf(Revision.Published revision) {
        var types = new ArrayList<String>();
        for (var event : heard) {
            var type = event.path("Type").asText();
            if (event.path("Hash").asText().equals(revision.hash())
                    && (types.isEmpty() || !types.getLast().equals(type))) {
                types.add(type);
            }
        }
        return types;
    }

    /** Waits for such an event. */
    JsonNode awaitEvent(String what, Predicate<JsonNode> wanted) {
        await(what).until(() -> heard.stream().anyMatch(wanted));
        return heard.stream().filter(wanted).findFirst().orElseThrow();
    }

    JsonNode awaitType(String type, Revision.Published revision) {
        return awaitEvent(
                type + " of " + revision.revision(),
                event -> event.path("Type").asText().equals(type)
                        && event.path("Hash").asText().equals(revision.hash()));
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
