package io.wunderproxy.proxy;

import io.wunderproxy.proxy.routing.Backend;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/** An application that does what a test tells it to on each connection. */
public final class TestBackend implements AutoCloseable {
    /** What happens on one connection; it is closed afterwards. */
    public interface Script {
        void run(Wire connection) throws Exception;
    }

    /** The raw response to a request. */
    public interface Responses {
        String to(Message request) throws Exception;
    }

    private static final AtomicInteger NUMBER = new AtomicInteger();

    private final ServerSocket listener;
    private final Backend backend;
    private final List<Wire> connections = new CopyOnWriteArrayList<>();
    private final AtomicInteger accepted = new AtomicInteger();

    private TestBackend(Script script) throws IOException {
        listener = new ServerSocket(0, 512, InetAddress.getLoopbackAddress());
        backend = new Backend("backend-" + NUMBER.incrementAndGet(), "127.0.0.1", listener.getLocalPort());
        Thread.ofVirtual().start(() -> accept(script));
    }

    public static TestBackend running(Script script) throws IOException {
        return new TestBackend(script);
    }

    /** Keeps connections alive and responds to each request. */
    public static TestBackend responding(Responses responses) throws IOException {
        return new TestBackend(connection -> {
            for (var request = connection.read(); request != null; request = connection.read()) {
                connection.send(responses.to(request));
            }
        });
    }

    /** A 200 with this text. */
    public static String ok(String body) {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.length() + "\r\n\r\n" + body;
    }

    private void accept(Script script) {
        try {
            while (true) {
                var connection = new Wire(listener.accept());
                connection.socket.setSoTimeout(0);
                accepted.incrementAndGet();
                connections.add(connection);
                Thread.ofVirtual().start(() -> {
                    try (connection) {
                        script.run(connection);
                    } catch (Exception end) {
                        // The proxy closed the connection, or the test is over.
                    } finally {
                        connections.remove(connection);
                    }
                });
            }
        } catch (IOException closed) {
            // The test is over.
        }
    }

    public Backend backend() {
        return backend;
    }

    /** How many connections were ever made. */
    int accepted() {
        return accepted.get();
    }

    /** How many connections are open. */
    int open() {
        return connections.size();
    }

    void closeConnections() throws IOException {
        for (var connection : connections) {
            connection.close();
        }
    }

    /** An address that refuses connections. */
    static Backend notListening() throws IOException {
        try (var listener = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return new Backend("gone-" + NUMBER.incrementAndGet(), "127.0.0.1", listener.getLocalPort());
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        closeConnections();
    }
}
