package io.wunderproxy.proxy;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.util.ArrayList;
import java.util.List;

/** The backend of the fuzzer: takes nothing but well-formed requests and sends what a case gives it, on all its connections. */
final class FuzzBackend implements AutoCloseable {
    /** Decides what is said. */
    interface Script {
        /** The response to a request whose head has come. */
        FuzzResponse responseTo(StrictReader.Read request);

        /** Whether the other protocol that the request asks for is spoken behind it. */
        boolean accepts(StrictReader.Read request);

        /** What is wrong with a request as far as it has come; null if nothing is. */
        String differenceOf(StrictReader.Read request);
    }

    /** One connection that the proxy has made. */
    final class Connection {
        final FuzzSocket socket;
        final StrictReader reader = StrictReader.ofRequests(read -> script.accepts(read));
        private int begun;
        private StrictReader.Read request;
        private FuzzResponse response;

        private Connection(FuzzSocket socket) {
            this.socket = socket;
        }

        boolean canAct() {
            if (response == null || socket.isOver() || socket.hasUnsent()) {
                return false;
            }
            if (response.parts.isEmpty() && response.ending == FuzzResponse.Ending.STAY) {
                return false;
            }
            return switch (response.begin) {
                case AT_HEAD -> true;
                case IN_BODY -> request.complete || request.body.size() > 0;
                case AT_END -> request.complete;
            };
        }

        void act() {
            if (!response.parts.isEmpty()) {
                response.own--;
                socket.send(response.parts.remove());
                response.sentAt = socket.eventsSoFar();
                return;
            }
            if (response.ending == FuzzResponse.Ending.RESET) {
                socket.abort();
            } else {
                socket.finish();
            }
            response.ending = FuzzResponse.Ending.STAY;
        }

        /** Whether the proxy may keep it for another request. */
        boolean isIdle() {
            return !socket.isOver() && reader.isBetweenMessages() && (response == null || response.isComplete());
        }

        FuzzResponse response() {
            return response;
        }

        private boolean pump() throws IOException {
            var moved = socket.flush();
            if (moved && response != null) {
                response.sentAt = socket.eventsSoFar();
            }
            for (var bytes = socket.read(); bytes != null; bytes = socket.read()) {
                moved = true;
                reader.add(bytes, bytes.length);
            }
            while (begun < reader.messages().size()) {
                var next = reader.messages().get(begun++);
                if (response != null && !response.isComplete()) {
                    problem = "a request comes before the response to the one before it is complete: " + next.start;
                }
                request = next;
                response = script.responseTo(next);
            }
            if (problem == null && reader.problem() != null) {
                problem = "the backend gets " + reader.problem();
            }
            if (problem == null && moved && request != null) {
                problem = script.differenceOf(request);
            }
            return moved;
        }
    }

    private final ServerSocketChannel listener;
    private final List<Connection> connections = new ArrayList<>();
    private Script script;
    private List<FuzzSocket.Event> events;
    private String problem;

    FuzzBackend() throws IOException {
        listener = ServerSocketChannel.open();
        listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 512);
        listener.configureBlocking(false);
    }

    int port() {
        return listener.socket().getLocalPort();
    }

    /** Begins a case; the connections of the one before are closed. */
    void begin(Script next, List<FuzzSocket.Event> log) {
        connections.forEach(connection -> connection.socket.abort());
        connections.clear();
        script = next;
        events = log;
        problem = null;
    }

    List<Connection> connections() {
        return connections;
    }

    /** What is wrong with what the proxy has sent; null if nothing is. */
    String problem() {
        return problem;
    }

    /** Takes what has come; whether anything has. */
    boolean pump() throws IOException {
        var moved = false;
        for (var channel = listener.accept(); channel != null; channel = listener.accept()) {
            var name = "    backend " + (connections.size() + 1);
            events.add(new FuzzSocket.Event(name, "is connected to", null));
            connections.add(new Connection(new FuzzSocket(name, channel, events)));
            moved = true;
        }
        for (var connection : connections) {
            moved |= connection.pump();
        }
        return moved;
    }

    @Override
    public void close() throws IOException {
        connections.forEach(connection -> connection.socket.abort());
        listener.close();
    }
}
