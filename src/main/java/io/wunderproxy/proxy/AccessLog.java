package io.wunderproxy.proxy;

import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jboss.logging.Logger;

/**
 * One line a request: method, path, status, time taken. Lines wait in a bounded queue for a thread of their own, so a
 * slow log never slows a request down; when the queue is full, lines are dropped and the number of them is logged.
 */
final class AccessLog implements AutoCloseable {
    /**
     * One request.
     *
     * @param path the request target, with its query
     * @param status the status that the client got; 499 if it went away before
     * @param nanos from the head of the request to the end of the answer
     */
    record Entry(String method, String path, int status, long nanos) {
        String line() {
            var text = new StringBuilder(64).append(method).append(' ');
            appendSafe(text, path);
            return text.append(' ')
                    .append(status)
                    .append(' ')
                    .append(nanos / 1000 / 1000.0)
                    .append("ms")
                    .toString();
        }

        /** Control characters would let a client write lines of its own. */
        private static void appendSafe(StringBuilder text, String path) {
            for (var i = 0; i < path.length(); i++) {
                var c = path.charAt(i);
                if (c > ' ' && c < 0x7f) {
                    text.append(c);
                } else {
                    text.append(String.format("%%%02X", (int) c));
                }
            }
        }
    }

    private static final int CAPACITY = 8192;
    private static final Entry END = new Entry("", "", 0, 0);

    private final BlockingQueue<Entry> queue = new ArrayBlockingQueue<>(CAPACITY);
    private final LongAdder dropped = new LongAdder();
    private final Consumer<String> sink;
    private final Thread writer;

    /** Writes to the logger {@code io.wunderproxy.access}, at level INFO. */
    AccessLog() {
        this(Logger.getLogger("io.wunderproxy.access")::info);
    }

    /** Writes each line to {@code sink}, on one thread. */
    AccessLog(Consumer<String> sink) {
        this.sink = sink;
        writer = Thread.ofPlatform().daemon().name("access-log").start(this::write);
    }

    /** Logs a request without ever waiting. */
    void log(Entry entry) {
        if (!queue.offer(entry)) {
            dropped.increment();
        }
    }

    private void write() {
        try {
            for (var entry = queue.take(); entry != END; entry = queue.take()) {
                sink.accept(entry.line());
                var lost = dropped.sumThenReset();
                if (lost > 0) {
                    sink.accept("access log too slow: " + lost + " lines dropped");
                }
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        }
    }

    /** Writes what waits, at most two seconds long, then stops. */
    @Override
    public void close() {
        try {
            if (queue.offer(END, 1, TimeUnit.SECONDS)) {
                writer.join(1000);
            }
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        writer.interrupt();
    }
}
