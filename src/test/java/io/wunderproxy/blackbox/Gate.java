package io.wunderproxy.blackbox;

import java.io.EOFException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A forwarding proxy in front of a real HTTP server (the Docker Engine, the S3 server). It passes every byte on, and a
 * test can hold, cut or shorten chosen exchanges: before the request reaches the server, or when the server has done
 * its work and its response is on the way back.
 */
final class Gate implements AutoCloseable {
    enum Moment {
        BEFORE,
        AFTER
    }

    private static final int UNLIMITED = Integer.MAX_VALUE;

    private final SocketAddress target;
    private final ServerSocketChannel listener;
    private final List<Rule> rules = new CopyOnWriteArrayList<>();
    private final List<String> seen = new CopyOnWriteArrayList<>();
    private final Set<Connection> connections = ConcurrentHashMap.newKeySet();

    private Gate(ServerSocketChannel listener, SocketAddress target) {
        this.listener = listener;
        this.target = target;
        Thread.ofVirtual().start(this::accept);
    }

    static Gate onUnixSocket(Path socket, Path target) {
        return onUnixSocket(socket, UnixDomainSocketAddress.of(target));
    }

    static Gate onUnixSocket(Path socket, int target) {
        return onUnixSocket(socket, new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
    }

    private static Gate onUnixSocket(Path socket, SocketAddress target) {
        try {
            var listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            listener.bind(UnixDomainSocketAddress.of(socket));
            return new Gate(listener, target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static Gate onPort(int port, int target) {
        return onPort(port, new InetSocketAddress(InetAddress.getLoopbackAddress(), target));
    }

    static Gate onPort(int port, Path target) {
        return onPort(port, UnixDomainSocketAddress.of(target));
    }

    private static Gate onPort(int port, SocketAddress target) {
        try {
            var listener = ServerSocketChannel.open();
            listener.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new Gate(listener, target);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Holds the next such exchange at this moment until it is released; those after it pass. */
    Held hold(Moment moment, Predicate<String> call) {
        var held = new Held();
        rules.add(new Rule(moment, call, held));
        return held;
    }

    /** Holds every such exchange for as long as the gate stands: a server that has stopped responding. */
    void stall(Moment moment, Predicate<String> call) {
        rules.add(new Rule(moment, call, connection -> {
            new CountDownLatch(1).await(1, TimeUnit.HOURS);
            return 0;
        }));
    }

    /** Lets the server have no more than one such exchange at a time. */
    void oneAtATime(Predicate<String> call) {
        var turn = new Semaphore(1);
        rules.add(new Rule(Moment.BEFORE, call, connection -> {
            turn.acquire();
            return UNLIMITED;
        }));
        rules.add(new Rule(Moment.AFTER, call, connection -> {
            turn.release();
            return UNLIMITED;
        }));
    }

    /** Closes the connection of every such exchange at this moment. */
    void cut(Moment moment, Predicate<String> call) {
        rules.add(new Rule(moment, call, connection -> 0));
    }

    /** Passes only this many bytes of every such response, its head included, and closes the connection then. */
    void truncate(int bytes, Predicate<String> call) {
        rules.add(new Rule(Moment.AFTER, call, connection -> bytes));
    }

    /** Is transparent again. */
    void open() {
        rules.clear();
    }

    /** The request lines that came by, oldest first. */
    List<String> seen() {
        return List.copyOf(seen);
    }

    long count(Predicate<String> call) {
        return seen.stream().filter(call).count();
    }

    @Override
    public void close() {
        try {
            var address = listener.getLocalAddress();
            listener.close();
            if (address instanceof UnixDomainSocketAddress socket) {
                Files.deleteIfExists(socket.getPath());
            }
        } catch (IOException e) {
            // Closed is all that it has to be.
        }
        connections.forEach(Connection::close);
    }

    private void accept() {
        while (true) {
            try {
                var client = listener.accept();
                var connection = new Connection(client, SocketChannel.open(target));
                connections.add(connection);
                Thread.ofVirtual().start(connection::forwardRequests);
                Thread.ofVirtual().start(connection::forwardResponses);
            } catch (IOException e) {
                if (!listener.isOpen()) {
                    return;
                }
            }
        }
    }

    /** How many bytes may pass from here; may wait before it says so. */
    private interface Action {
        int apply(Connection connection) throws InterruptedException;
    }

    private record Rule(Moment moment, Predicate<String> call, Action action) {}

    /** An exchange that waits at the gate. */
    final class Held implements Action {
        private final CountDownLatch arrived = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private volatile boolean dropped;

        @Override
        public int apply(Connection connection) throws InterruptedException {
            rules.removeIf(rule -> rule.action() == this);
            arrived.countDown();
            released.await(1, TimeUnit.HOURS);
            return dropped ? 0 : UNLIMITED;
        }

        Held awaitArrival() {
            try {
                if (!arrived.await(60, TimeUnit.SECONDS)) {
                    throw new AssertionError("no such call came by; these did:\n" + String.join("\n", seen));
                }
                return this;
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }

        void release() {
            released.countDown();
        }

        /** Ends the exchange where it stands: what waits here is never passed on. */
        void drop() {
            dropped = true;
            released.countDown();
        }
    }

    private final class Connection {
        private static final Pattern CONTENT_LENGTH = header("Content-Length: *(\\d+)");
        private static final Pattern CHUNKED = header("Transfer-Encoding: *chunked");
        private static final Pattern UPGRADE = header("Upgrade: *(.+)");

        private final SocketChannel client;
        private final SocketChannel server;
        private final ByteBuffer read = ByteBuffer.allocate(65536).flip();
        private volatile String unfinished;

        Connection(SocketChannel client, SocketChannel server) {
            this.client = client;
            this.server = server;
        }

        private static Pattern header(String expression) {
            return Pattern.compile(
                    "^" + expression + "\\r$", Pattern.CASE_INSENSITIVE | Pattern.MULTILINE | Pattern.UNIX_LINES);
        }

        void forwardRequests() {
            try {
                while (true) {
                    var head = readUntil("\r\n\r\n");
                    var line = head.substring(0, head.indexOf("\r\n"));
                    seen.add(line);
                    if (pass(Moment.BEFORE, line) == 0) {
                        break;
                    }
                    unfinished = line;
                    write(server, head.getBytes(StandardCharsets.ISO_8859_1));
                    forwardBody(head);
                }
            } catch (IOException | InterruptedException e) {
                // The client or the server has closed.
            } finally {
                close();
            }
        }

        private void forwardBody(String head) throws IOException {
            Matcher length = CONTENT_LENGTH.matcher(head);
            if (UPGRADE.matcher(head).find()) {
                forward(Long.MAX_VALUE);
            } else if (CHUNKED.matcher(head).find()) {
                String size;
                do {
                    size = readUntil("\r\n");
                    write(server, size.getBytes(StandardCharsets.ISO_8859_1));
                    forward(Integer.parseInt(size.strip().split(";")[0], 16) + 2L);
                } while (!size.strip().matches("0+(;.*)?"));
            } else if (length.find()) {
                forward(Long.parseLong(length.group(1)));
            }
        }

        void forwardResponses() {
            var buffer = ByteBuffer.allocate(65536);
            int allowed = UNLIMITED;
            try {
                while (server.read(buffer.clear()) > 0) {
                    var line = unfinished;
                    if (line != null) {
                        unfinished = null;
                        allowed = pass(Moment.AFTER, line);
                    }
                    buffer.flip();
                    buffer.limit(Math.min(buffer.limit(), allowed));
                    if (allowed != UNLIMITED) {
                        allowed -= buffer.limit();
                    }
                    while (buffer.hasRemaining()) {
                        client.write(buffer);
                    }
                    if (allowed == 0) {
                        break;
                    }
                }
            } catch (IOException | InterruptedException e) {
                // The client or the server has closed.
            } finally {
                close();
            }
        }

        private int pass(Moment moment, String line) throws InterruptedException {
            int allowed = UNLIMITED;
            for (var rule : rules) {
                if (rule.moment() == moment && rule.call().test(line)) {
                    allowed = Math.min(allowed, rule.action().apply(this));
                }
            }
            return allowed;
        }

        private void fill() throws IOException {
            read.clear();
            int got = client.read(read);
            read.flip();
            if (got <= 0) {
                throw new EOFException();
            }
        }

        private String readUntil(String end) throws IOException {
            var text = new StringBuilder();
            do {
                if (!read.hasRemaining()) {
                    fill();
                }
                text.append((char) (read.get() & 0xff));
            } while (text.length() < end.length()
                    || !text.substring(text.length() - end.length()).equals(end));
            return text.toString();
        }

        private void forward(long length) throws IOException {
            while (length > 0) {
                if (!read.hasRemaining()) {
                    fill();
                }
                var part = new byte[(int) Math.min(read.remaining(), length)];
                read.get(part);
                write(server, part);
                length -= part.length;
            }
        }

        private static void write(SocketChannel to, byte[] bytes) throws IOException {
            var buffer = ByteBuffer.wrap(bytes);
            while (buffer.hasRemaining()) {
                to.write(buffer);
            }
        }

        void close() {
            connections.remove(this);
            for (var channel : List.of(client, server)) {
                try {
                    channel.close();
                } catch (IOException e) {
                    // Closed is all that it has to be.
                }
            }
        }
    }
}
