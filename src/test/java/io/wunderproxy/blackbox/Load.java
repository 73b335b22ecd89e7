package io.wunderproxy.blackbox;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Clients that keep their connections and send request after request: small responses, 1 MiB responses, POST bodies, each
 * checked to the last byte. What failed, when, and which revision responded is written down for every request.
 */
final class Load implements AutoCloseable {
    private static final int MIB = 1 << 20;
    private static final byte[] EXPECTED = alphabets(MIB);

    private final String address;
    private final int port;
    private final Queue<Exchange> exchanges = new ConcurrentLinkedQueue<>();
    private final List<Thread> clients = new ArrayList<>();
    private volatile boolean ended;

    /** One request; failure is empty when its response was complete and right. Times are of System.nanoTime. */
    record Exchange(String request, long began, long done, String revision, String failure) {}

    private Load(String address, int port) {
        this.address = address;
        this.port = port;
    }

    /** Starts this many connections, and downloads that each last some seconds on connections of their own. */
    static Load start(int port, int connections, int downloads) {
        return start("127.0.0.1", port, connections, downloads);
    }

    static Load start(String address, int port, int connections, int downloads) {
        var load = new Load(address, port);
        for (int i = 0; i < connections; i++) {
            int offset = i;
            load.clients.add(Thread.ofVirtual().start(() -> load.sendRequests(offset)));
        }
        for (int i = 0; i < downloads; i++) {
            load.clients.add(Thread.ofVirtual().start(load::download));
        }
        return load;
    }

    /** Lets every client finish its last request and returns everything that was sent and received. */
    List<Exchange> end() {
        ended = true;
        for (var client : clients) {
            try {
                client.join();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return List.copyOf(exchanges);
    }

    List<Exchange> failures() {
        return exchanges.stream()
                .filter(exchange -> !exchange.failure().isEmpty())
                .toList();
    }

    /** Everything since the last call, which is forgotten here, so that a long load takes no memory. */
    List<Exchange> take() {
        return Stream.generate(exchanges::poll).takeWhile(Objects::nonNull).toList();
    }

    int size() {
        return exchanges.size();
    }

    @Override
    public void close() {
        end();
    }

    private void sendRequests(int offset) {
        Wire wire = null;
        for (int i = offset; !ended; i++) {
            try {
                wire = wire != null ? wire : new Wire(address, port);
                boolean goesOn =
                        switch (i % 16) {
                            case 0 -> get(wire, MIB);
                            case 4, 8, 12 -> post(wire, 1 + i * 7919 % 60_000);
                            default -> get(wire, 1024);
                        };
                if (!goesOn) {
                    wire.close();
                    wire = null;
                }
            } catch (IOException e) {
                exchanges.add(new Exchange("connect", System.nanoTime(), System.nanoTime(), "", e.toString()));
                wire = null;
            }
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    private boolean get(Wire wire, int length) {
        return exchange(wire, "GET /bytes/" + length, request -> {
            wire.send(request + " HTTP/1.1\r\nHost: load\r\n\r\n");
            var head = wire.readHead();
            var body = wire.readBody(head);
            boolean right = body.length == length
                    && Arrays.equals(body, 0, length, EXPECTED, 0, length)
                    && head.status() == 200;
            return new Outcome(head, right ? "" : "status " + head.status() + ", " + body.length + " bytes");
        });
    }

    private boolean post(Wire wire, int length) {
        return exchange(wire, "POST /echo", request -> {
            var body = Arrays.copyOf(EXPECTED, length);
            wire.send(request + " HTTP/1.1\r\nHost: load\r\nContent-Length: " + length + "\r\n\r\n")
                    .send(body);
            var head = wire.readHead();
            var response = new String(wire.readBody(head), StandardCharsets.UTF_8).strip();
            boolean right = head.status() == 200 && response.equals(length + " " + fnv1a(body));
            return new Outcome(head, right ? "" : "status " + head.status() + ": " + response);
        });
    }

    private void download() {
        while (!ended) {
            try (var wire = new Wire(address, port)) {
                exchange(wire, "GET /drip/5", request -> {
                    wire.send(request + " HTTP/1.1\r\nHost: load\r\n\r\n");
                    var head = wire.readHead();
                    var body = new String(wire.readBody(head), StandardCharsets.UTF_8);
                    boolean right = head.status() == 200 && body.endsWith("drop 50 of 50\nend\n");
                    return new Outcome(head, right ? "" : "status " + head.status() + ", ended with " + tail(body));
                });
            } catch (IOException e) {
                exchanges.add(new Exchange("connect", System.nanoTime(), System.nanoTime(), "", e.toString()));
            }
        }
    }

    private record Outcome(Wire.Head head, String failure) {}

    private interface Attempt {
        Outcome with(String request) throws IOException;
    }

    /** True when the connection can be used again. */
    private boolean exchange(Wire wire, String request, Attempt attempt) {
        long began = System.nanoTime();
        try {
            var outcome = attempt.with(request);
            var revision = outcome.head().header("X-Revision");
            exchanges.add(new Exchange(request, began, System.nanoTime(), revision, outcome.failure()));
            return !outcome.head().closes();
        } catch (IOException e) {
            exchanges.add(new Exchange(request, began, System.nanoTime(), "", e.toString()));
            return false;
        }
    }

    private static String tail(String text) {
        return "'" + text.substring(Math.max(0, text.length() - 20)) + "'";
    }

    static byte[] alphabets(int length) {
        var bytes = new byte[length];
        // The sample application repeats blocks of 2520 alphabets, which end with a z: one long run of alphabets.
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + i % 26);
        }
        return bytes;
    }

    /** The checksum of the sample application's /echo. */
    static String fnv1a(byte[] bytes) {
        long hash = 0xcbf29ce484222325L;
        for (byte next : bytes) {
            hash = (hash ^ (next & 0xff)) * 1099511628211L;
        }
        return String.format("%016x", hash);
    }
}
