package io.wunderproxy.proxy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.List;

/** One end of a connection, moved on by the one thread of the fuzzer and never blocking it. */
final class FuzzSocket {
    /** What has happened on the connections of a case, in order. */
    record Event(String who, String what, byte[] bytes) {
        private static final int SHOWN = 300;

        @Override
        public String toString() {
            var text = new StringBuilder(who).append(' ').append(what);
            for (var i = 0; bytes != null && i < Math.min(bytes.length, SHOWN); i++) {
                var c = bytes[i] & 0xff;
                text.append(
                        switch (c) {
                            case '\r' -> "\\r";
                            case '\n' -> "\\n";
                            case '\t' -> "\\t";
                            case '\\' -> "\\\\";
                            default -> c < ' ' || c > '~' ? String.format("\\x%02x", c) : String.valueOf((char) c);
                        });
            }
            return bytes != null && bytes.length > SHOWN
                    ? text.append("... (")
                            .append(bytes.length)
                            .append(" bytes)")
                            .toString()
                    : text.toString();
        }
    }

    private static final ByteBuffer INPUT = ByteBuffer.allocate(64 * 1024);

    final String name;
    private final SocketChannel channel;
    private final List<Event> events;
    private final ArrayDeque<ByteBuffer> unsent = new ArrayDeque<>();
    private boolean finishing;
    private boolean ended;
    private boolean reset;
    private boolean closed;

    FuzzSocket(String name, SocketChannel channel, List<Event> events) throws IOException {
        this.name = name;
        this.channel = channel;
        this.events = events;
        channel.configureBlocking(false);
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    }

    static FuzzSocket connect(String name, int port, boolean smallBuffer, List<Event> events) {
        events.add(new Event(name, "connects", null));
        try {
            var channel = SocketChannel.open();
            if (smallBuffer) {
                channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
            }
            channel.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
            return new FuzzSocket(name, channel, events);
        } catch (IOException refused) {
            throw new UncheckedIOException("the proxy does not accept a connection", refused);
        }
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    void send(byte[] bytes) {
        if (!closed && bytes.length > 0) {
            events.add(new Event(name, "> ", bytes));
            unsent.add(ByteBuffer.wrap(bytes));
            flush();
        }
    }

    /** How many events the case has had, on all its connections. */
    int eventsSoFar() {
        return events.size();
    }

    /** Whether anything was sent. */
    boolean flush() {
        var moved = false;
        try {
            while (!closed && !unsent.isEmpty()) {
                moved |= channel.write(unsent.peek()) > 0;
                if (unsent.peek().hasRemaining()) {
                    return moved;
                }
                unsent.remove();
            }
            if (finishing && !closed) {
                finishing = false;
                channel.shutdownOutput();
            }
        } catch (IOException broken) {
            unsent.clear();
        }
        return moved;
    }

    boolean hasUnsent() {
        return !closed && !unsent.isEmpty();
    }

    /** What has come; null if nothing has. */
    byte[] read() {
        if (closed || ended || reset) {
            return null;
        }
        try {
            INPUT.clear();
            var count = channel.read(INPUT);
            if (count < 0) {
                ended = true;
                events.add(new Event(name, "< end", null));
                return new byte[0];
            }
            if (count == 0) {
                return null;
            }
            var bytes = new byte[count];
            INPUT.flip().get(bytes);
            events.add(new Event(name, "< ", bytes));
            return bytes;
        } catch (IOException broken) {
            reset = true;
            events.add(new Event(name, "< reset", null));
            return new byte[0];
        }
    }

    /** Whether the other side has ended the connection in an orderly way. */
    boolean hasEnded() {
        return ended;
    }

    boolean isOver() {
        return ended || reset || closed;
    }

    boolean isClosed() {
        return closed;
    }

    /** Ends this side's stream. */
    void finish() {
        if (!closed) {
            events.add(new Event(name, "> end", null));
            finishing = true;
            flush();
        }
    }

    void close() {
        close("closes");
    }

    private void close(String how) {
        if (!closed) {
            closed = true;
            events.add(new Event(name, how, null));
            try {
                channel.close();
            } catch (IOException broken) {
                // It is gone all the more.
            }
        }
    }

    /** Closes with a reset, which leaves nothing behind in the system either. */
    void abort() {
        if (!closed) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException broken) {
                // Then the system has closed it.
            }
            close("resets");
        }
    }
}
