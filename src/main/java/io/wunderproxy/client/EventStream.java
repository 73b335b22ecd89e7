package io.wunderproxy.client;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.wunderproxy.client.ManagerException.Kind;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashMap;
import java.util.function.Consumer;

/** The events of one host as they happen, over server-sent events; a connection that breaks is resumed after the last one. */
public final class EventStream {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration PAUSE = Duration.ofSeconds(1);

    private final ManagerClient manager;
    private String lastId = "";
    private boolean wasOpen;

    public EventStream(ManagerClient manager) {
        this.manager = manager;
    }

    /**
     * Reads until the thread is interrupted, or the manager refuses.
     *
     * @param recent how many earlier events are read first
     * @param opened called each time when the manager has responded
     */
    public void follow(int recent, Runnable opened, Consumer<JsonNode> listener) {
        while (!Thread.currentThread().isInterrupted()) {
            var headers = new HashMap<String, String>();
            headers.put("Accept", "text/event-stream");
            if (!lastId.isEmpty()) {
                headers.put("Last-Event-ID", lastId);
            }
            try {
                manager.stream(
                        lastId.isEmpty() && recent > 0 ? "/events?recent=" + recent : "/events", headers, body -> {
                            wasOpen = true;
                            opened.run();
                            read(body, listener);
                        });
            } catch (IOException e) {
                // Broken off: resumed below.
            } catch (ManagerException e) {
                if (!wasOpen || e.kind() != Kind.UNAVAILABLE) {
                    throw e;
                }
            }
            try {
                Thread.sleep(PAUSE);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }

    private void read(InputStream body, Consumer<JsonNode> listener) throws IOException {
        var lines = new BufferedReader(new InputStreamReader(body, StandardCharsets.UTF_8));
        for (var line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("id:")) {
                lastId = line.substring("id:".length()).strip();
            } else if (line.startsWith("data:")) {
                try {
                    listener.accept(JSON.readTree(line.substring("data:".length())));
                } catch (JsonProcessingException e) {
                    throw new ManagerException(
                            Kind.FAILED, "an event of the manager is not JSON: is this a wunderproxy manager?");
                }
            }
        }
    }
}
