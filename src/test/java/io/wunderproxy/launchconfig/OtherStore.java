package io.wunderproxy.launchconfig;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A server that speaks like S3, as far as its faults let it; whoever looks for S3 in this process finds it. */
final class OtherStore implements AutoCloseable {

    /** What it does otherwise than S3. */
    enum Fault {
        IGNORES_IF_MATCH,
        IGNORES_IF_NONE_MATCH,
        GIVES_NO_TAGS,
        GIVES_OTHER_TAGS,
        GIVES_NO_TIMES,
        LOSES_WHAT_IT_IS_SENT,
        DAMAGES_WHAT_IT_IS_SENT
    }

    private static final Map<String, String> PROPERTIES =
            Map.of("aws.accessKeyId", "someone", "aws.secretAccessKey", "a-secret", "aws.region", "eu-central-1");
    private static final String ENDPOINT = "aws.endpointUrlS3";

    private final HttpServer server;
    private final Set<Fault> faults = EnumSet.noneOf(Fault.class);
    private final List<Map<String, List<String>>> writes = new ArrayList<>();
    private final Map<String, byte[]> objects = new TreeMap<>();

    OtherStore(Fault... faults) throws IOException {
        this.faults.addAll(List.of(faults));
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", this::respond);
        server.start();
        PROPERTIES.forEach(System::setProperty);
        System.setProperty(ENDPOINT, "http://127.0.0.1:" + server.getAddress().getPort());
    }

    /** From now on it does this too. */
    synchronized void begin(Fault fault) {
        faults.add(fault);
    }

    /** The objects by their path, bucket included. */
    synchronized Map<String, byte[]> objects() {
        return new TreeMap<>(objects);
    }

    /** The headers of all writes, refused ones included. */
    synchronized List<Map<String, List<String>>> writes() {
        return List.copyOf(writes);
    }

    private synchronized void respond(HttpExchange exchange) throws IOException {
        var body = exchange.getRequestBody().readAllBytes();
        var path = exchange.getRequestURI().getPath();
        switch (exchange.getRequestMethod()) {
            case "PUT" -> {
                writes.add(Map.copyOf(exchange.getRequestHeaders()));
                write(exchange, path, body);
            }
            case "GET", "HEAD" -> read(exchange, path);
            default -> exchange.sendResponseHeaders(405, -1);
        }
        exchange.close();
    }

    private void write(HttpExchange exchange, String path, byte[] body) throws IOException {
        var headers = exchange.getRequestHeaders();
        var there = objects.get(path);
        var match = headers.getFirst("If-Match");
        if (match != null && !faults.contains(Fault.IGNORES_IF_MATCH) && (there == null || !match.equals(tag(there)))) {
            exchange.sendResponseHeaders(412, -1);
            return;
        }
        if (headers.containsKey("If-None-Match") && !faults.contains(Fault.IGNORES_IF_NONE_MATCH) && there != null) {
            exchange.sendResponseHeaders(412, -1);
            return;
        }
        if (faults.contains(Fault.DAMAGES_WHAT_IT_IS_SENT)) {
            objects.put(path, ("5;chunk-signature=0\r\n" + new String(body)).getBytes());
        } else if (!faults.contains(Fault.LOSES_WHAT_IT_IS_SENT)) {
            objects.put(path, body);
        }
        describe(exchange, objects.getOrDefault(path, body));
        exchange.sendResponseHeaders(200, -1);
    }

    private void read(HttpExchange exchange, String path) throws IOException {
        var there = objects.get(path);
        if (there == null) {
            var error = "<Error><Code>NoSuchKey</Code></Error>".getBytes();
            exchange.getResponseHeaders().set("Content-Type", "application/xml");
            exchange.sendResponseHeaders(404, error.length);
            exchange.getResponseBody().write(error);
            return;
        }
        describe(exchange, there);
        if (!faults.contains(Fault.GIVES_NO_TIMES)) {
            exchange.getResponseHeaders().set("Last-Modified", "Sat, 31 Jan 2026 12:00:00 GMT");
        }
        if (exchange.getRequestMethod().equals("HEAD")) {
            exchange.getResponseHeaders().set("Content-Length", "" + there.length);
            exchange.sendResponseHeaders(200, -1);
        } else {
            exchange.sendResponseHeaders(200, there.length);
            exchange.getResponseBody().write(there);
        }
    }

    private void describe(HttpExchange exchange, byte[] content) {
        if (!faults.contains(Fault.GIVES_NO_TAGS)) {
            exchange.getResponseHeaders().set("ETag", tag(content));
        }
    }

    private String tag(byte[] content) {
        var digest = faults.contains(Fault.GIVES_OTHER_TAGS) ? ConfigHash.sha256(content) : ConfigHash.md5(content);
        return "\"" + digest + "\"";
    }

    @Override
    public void close() {
        server.stop(0);
        PROPERTIES.keySet().forEach(System::clearProperty);
        System.clearProperty(ENDPOINT);
    }
}
