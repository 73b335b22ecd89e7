package io.wunderproxy.blackbox;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Pattern;

/** Debian's Chromium with one page, driven with its DevTools protocol; what a person does is done with mouse and keyboard. */
final class Browser implements AutoCloseable {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Duration LIMIT = Duration.ofSeconds(30);
    private static final Pattern ADDRESS = Pattern.compile("DevTools listening on (ws://\\S+)");

    private final ServerProcess process;
    private final WebSocket socket;
    private final AtomicInteger calls = new AtomicInteger();
    private final Map<Integer, CompletableFuture<JsonNode>> pending = new ConcurrentHashMap<>();
    private final ConcurrentLinkedQueue<String> complaints = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<String> requested = new ConcurrentLinkedQueue<>();
    private final String session;

    private Browser(ServerProcess process, Path directory) {
        this.process = process;
        socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(address(), new Listener())
                .join();
        var target = send("", "Target.createTarget", Map.of("url", "about:blank"))
                .path("targetId")
                .asText();
        session = send("", "Target.attachToTarget", Map.of("targetId", target, "flatten", true))
                .path("sessionId")
                .asText();
        for (var domain : List.of("Page", "Runtime", "Log", "Network")) {
            call(domain + ".enable", Map.of());
        }
    }

    /** Starts it; its profile and its output lie in the directory. */
    static Browser start(Path directory) {
        var words = List.of(
                "chromium",
                "--headless",
                "--no-sandbox", // it runs as root here
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                "--remote-debugging-port=0",
                "--user-data-dir=" + directory.resolve("chromium"),
                "about:blank");
        var process = new ServerProcess("chromium", words, Map.of(), directory.resolve("chromium.log"));
        return new Browser(process, directory);
    }

    private URI address() {
        await("chromium to listen").until(() -> ADDRESS.matcher(process.log()).find());
        var matcher = ADDRESS.matcher(process.log());
        matcher.find();
        return URI.create(matcher.group(1));
    }

    // ---- what a person does ----

    Browser open(String url) {
        call("Page.navigate", Map.of("url", url));
        await("the page to be loaded").until(() -> evaluate("location.href !== 'about:blank' && document.readyState")
                .asText()
                .equals("complete"));
        return this;
    }

    /** The size of the window in CSS pixels. */
    Browser size(int width, int height) {
        call(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", height, "deviceScaleFactor", 1, "mobile", false));
        return this;
    }

    /** What the operating system prefers: {@code light} or {@code dark}. */
    Browser prefer(String theme) {
        var feature = JsonNodeFactory.instance.objectNode().put("name", "prefers-color-scheme");
        call("Emulation.setEmulatedMedia", Map.of("features", List.of(feature.put("value", theme))));
        return this;
    }

    /** Waits until the element can be clicked, that is, is there, enabled and not covered, and clicks in its middle. */
    void click(String selector) {
        var find = """
                (() => {
                  const e = document.querySelector(%s);
                  if (!e || e.disabled) return null;
                  e.scrollIntoView({block: 'center', behavior: 'instant'});
                  const box = e.getBoundingClientRect();
                  const x = box.x + box.width / 2, y = box.y + box.height / 2;
                  const top = document.elementFromPoint(x, y);
                  return box.width && top && (e === top || e.contains(top)) ? [x, y] : null;
                })()""".formatted(quoted(selector));
        var place = new JsonNode[1];
        await(selector + " to be clickable").until(() -> (place[0] = evaluate(find)).isArray());
        for (var type : List.of("mousePressed", "mouseReleased")) {
            call(
                    "Input.dispatchMouseEvent",
                    Map.of(
                            "type",
                            type,
                            "x",
                            place[0].path(0).asDouble(),
                            "y",
                            place[0].path(1).asDouble(),
                            "button",
                            "left",
                            "clickCount",
                            1));
        }
    }

    /** Types into the element that has the focus. */
    void type(String text) {
        call("Input.insertText", Map.of("text", text));
    }

    void press(String key) {
        var code = Map.of("Enter", 13, "Escape", 27, "Tab", 9).get(key);
        var more = key.equals("Enter") ? "\r" : "";
        call(
                "Input.dispatchKeyEvent",
                Map.of("type", "keyDown", "key", key, "windowsVirtualKeyCode", code, "text", more));
        call("Input.dispatchKeyEvent", Map.of("type", "keyUp", "key", key, "windowsVirtualKeyCode", code));
    }

    // ---- what a person sees ----

    /** The text of the first such element as it is shown; empty if there is none. */
    String text(String selector) {
        return evaluate("document.querySelector(%s)?.innerText ?? ''".formatted(quoted(selector)))
                .asText();
    }

    /** The value of a JavaScript expression; a promise is waited for. */
    JsonNode evaluate(String expression) {
        var response =
                call("Runtime.evaluate", Map.of("expression", expression, "awaitPromise", true, "returnByValue", true));
        if (response.has("exceptionDetails")) {
            throw new AssertionError(response.path("exceptionDetails")
                    .at("/exception/description")
                    .asText(response.toString()));
        }
        return response.at("/result/value");
    }

    /** The whole page, or the part of it that the window shows, as PNG. */
    void screenshot(Path file, boolean whole) {
        var data = call("Page.captureScreenshot", Map.of("captureBeyondViewport", whole, "optimizeForSpeed", false));
        try {
            Files.write(file, Base64.getDecoder().decode(data.path("data").asText()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    // ---- what it noticed ----

    /** Errors and warnings on the console, exceptions that nobody caught, and what the security policy forbade. */
    List<String> complaints() {
        return List.copyOf(complaints);
    }

    /** The addresses of all requests so far. */
    List<String> requested() {
        return List.copyOf(requested);
    }

    void forgetComplaints() {
        complaints.clear();
    }

    private void notice(String method, JsonNode event) {
        switch (method) {
            case "Runtime.exceptionThrown" ->
                complaints.add(
                        event.at("/exceptionDetails/exception/description").asText(event.toString()));
            case "Runtime.consoleAPICalled" -> {
                if (List.of("error", "warning", "assert")
                        .contains(event.path("type").asText())) {
                    complaints.add(event.path("args").toString());
                }
            }
            case "Log.entryAdded" -> {
                if (!event.at("/entry/level").asText().equals("verbose")) {
                    complaints.add(event.at("/entry/text").asText() + " "
                            + event.at("/entry/url").asText());
                }
            }
            case "Network.requestWillBeSent" ->
                requested.add(event.at("/request/url").asText());
            default -> {
                // Of no interest here.
            }
        }
    }

    // ---- the protocol ----

    private JsonNode call(String method, Map<String, ?> parameters) {
        return send(session, method, parameters);
    }

    private JsonNode send(String to, String method, Map<String, ?> parameters) {
        var id = calls.incrementAndGet();
        ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
        message.set("params", JSON.valueToTree(parameters));
        if (!to.isEmpty()) {
            message.put("sessionId", to);
        }
        var response = new CompletableFuture<JsonNode>();
        pending.put(id, response);
        socket.sendText(message.toString(), true).join();
        try {
            return response.get(LIMIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new AssertionError(method + " " + parameters, e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private final class Listener implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
            text.append(part);
            if (last) {
                receive(text.toString());
                text.setLength(0);
            }
            from.request(1);
            return null;
        }

        private void receive(String json) {
            JsonNode message;
            try {
                message = JSON.readTree(json);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
            if (!message.has("id")) {
                notice(message.path("method").asText(), message.path("params"));
                return;
            }
            var response = pending.remove(message.path("id").asInt());
            if (message.has("error")) {
                response.completeExceptionally(
                        new IllegalStateException(message.path("error").toString()));
            } else {
                response.complete(message.path("result"));
            }
        }
    }

    private static String quoted(String text) {
        return JsonNodeFactory.instance.textNode(text).toString();
    }

    /** A script from the class path, to be evaluated in the page. */
    static String script(String resource) {
        try (var in = Browser.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        socket.abort();
        process.terminate();
        process.awaitExit(LIMIT);
    }
}
