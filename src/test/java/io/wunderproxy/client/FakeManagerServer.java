package io.wunderproxy.client;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.wunderproxy.api.Identity;
import io.wunderproxy.api.Problem;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Pattern;

/** A manager in memory that commands reach over HTTP. */
public final class FakeManagerServer implements AutoCloseable {

    private static final int LOG_LINES = 100;
    private static final Pattern DEPLOYMENT = Pattern.compile("/deployments/(\\w+)(.*)");

    private final FakeManager manager = new FakeManager("127.0.0.1");
    private final List<String> asked = new CopyOnWriteArrayList<>();
    private final List<ObjectNode> events = new CopyOnWriteArrayList<>();
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final HttpServer server;

    private FakeManagerServer() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(threads);
        server.createContext("/", this::handle);
        server.start();
    }

    public static FakeManagerServer start() throws IOException {
        return new FakeManagerServer();
    }

    public FakeManager manager() {
        return manager;
    }

    /** As {@code --host} takes it. */
    public String address() {
        return "127.0.0.1:" + server.getAddress().getPort();
    }

    /** The calls that it got, with their bodies. */
    public List<String> asked() {
        return asked;
    }

    public void happens(String type, String revision, String message) {
        events.add(JsonNodeFactory.instance
                .objectNode()
                .put("Id", Integer.toString(events.size() + 1))
                .put("Time", "2026-01-31T12:00:05.120Z")
                .put("Type", type)
                .put("Revision", revision)
                .put("Message", message));
    }

    private void handle(HttpExchange exchange) throws IOException {
        var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        var target = exchange.getRequestURI().toString();
        var json = "application/json".equals(exchange.getRequestHeaders().getFirst("Accept"));
        asked.add((exchange.getRequestMethod() + " " + target + " " + body).strip());
        try {
            respond(exchange, 200, response(exchange.getRequestMethod(), target, body, json));
        } catch (ManagerException e) {
            var status = status(e.kind());
            respond(exchange, status, json ? problem(status, e.getMessage()).toString() : e.getMessage());
        }
    }

    private String response(String method, String target, String body, boolean json) {
        var path = target.replaceFirst("\\?.*", "");
        var named = DEPLOYMENT.matcher(path);
        var hash = named.matches() ? named.group(1) : "";
        return switch (method + " " + named.replaceFirst("/deployments/<hash>$2")) {
            case "GET /status" -> manager.status().toJson().toString();
            case "GET /identity" -> identity(path, target.replaceFirst(".*=", ""));
            case "POST /launch" -> {
                if (target.endsWith("wait=false")) {
                    manager.beginLaunch(body);
                    yield "launching";
                }
                yield said(manager.launch(body), json);
            }
            case "POST /switch" -> said(manager.switchTo(body), json);
            case "GET /log-level", "PUT /log-level" -> said("log level of all: info", json);
            case "POST /pause" -> said("paused", json);
            case "POST /resume" -> said("open", json);
            case "POST /maintenance" -> said("in maintenance", json);
            case "GET /events" -> target.equals("/events") ? "" : all(events).toString();
            case "GET /deployments/<hash>" -> manager.deployment(hash).toJson().toString();
            case "DELETE /deployments/<hash>" -> {
                manager.discard(hash);
                yield "removed";
            }
            case "GET /deployments/<hash>/logs" -> String.join("\n", manager.log(hash, LOG_LINES));
            default -> throw new ManagerException(ManagerException.Kind.NOT_FOUND, "there is no " + path);
        };
    }

    /** An agent that is too old for this call has no such path. */
    private String identity(String path, String challenge) {
        var identity = manager.identity(challenge);
        if (identity.equals(Identity.UNKNOWN)) {
            throw new ManagerException(ManagerException.Kind.NOT_FOUND, "there is no " + path);
        }
        return identity.toJson().toString();
    }

    private static String said(String message, boolean json) {
        return json
                ? JsonNodeFactory.instance.objectNode().put("Message", message).toString()
                : message + "\n";
    }

    private static JsonNode all(List<ObjectNode> nodes) {
        var array = JsonNodeFactory.instance.arrayNode();
        nodes.forEach(array::add);
        return array;
    }

    private static JsonNode problem(int status, String message) {
        return Problem.of(status, "failed", message).toJson();
    }

    private static int status(ManagerException.Kind kind) {
        return switch (kind) {
            case MISUSE -> 400;
            case NOT_ALLOWED -> 401;
            case NOT_FOUND -> 404;
            case INVALID -> 422;
            case NOT_HEALTHY -> 409;
            case UNAVAILABLE -> 503;
            case FAILED -> 500;
        };
    }

    private static void respond(HttpExchange exchange, int status, String body) throws IOException {
        var bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
