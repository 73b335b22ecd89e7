package io.wunderproxy.proxy.stats;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Queue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;
import org.jctools.queues.atomic.MpscAtomicArrayQueue;

/**
 * One line a request. Entries wait in a bounded queue for a thread of their own, which formats and writes them, so a slow
 * log never slows a request down; when the queue is full, entries are dropped, counted, and the log says how many.
 */
public final class AccessLog implements AutoCloseable {
    /** Takes the lines; used by one thread. */
    public interface Sink extends AutoCloseable {
        /** Writes whole lines, each with its line feed. */
        void write(String lines) throws IOException;

        /** Opens the file again, which somebody has moved. */
        default void reopen() throws IOException {}

        @Override
        default void close() throws IOException {}
    }

    private static final Logger LOG = Logger.getLogger(AccessLog.class);
    private static final int CAPACITY = 8192;
    private static final int BATCH = 512;
    private static final long COMPLAINT_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Lines are written together that come within this time: to wake the writer for each would cost more than to write it. */
    private static final long GATHER_MILLIS = 10;

    private final Queue<AccessLogEntry> queue = new MpscAtomicArrayQueue<>(CAPACITY);
    private final LongAdder dropped = new LongAdder();
    private final AccessLogFormat format;
    private final Sink sink;
    private final Thread writer;
    private volatile boolean asleep;
    private volatile boolean reopen;
    private volatile boolean ended;
    private long reported;
    private long lastComplaint = System.nanoTime() - COMPLAINT_NANOS;

    public AccessLog(AccessLogFormat format, Sink sink) {
        this.format = format;
        this.sink = sink;
        writer = Thread.ofPlatform().daemon().name("access-log").start(this::run);
    }

    /** Logs a request without ever waiting. */
    public void log(AccessLogEntry entry) {
        if (!queue.offer(entry)) {
            dropped.increment();
        }
        if (asleep) {
            wake();
        }
    }

    private void wake() {
        asleep = false;
        LockSupport.unpark(writer);
    }

    /** The number of entries that were not written, because the log was too slow or could not be written. */
    public long dropped() {
        return dropped.sum();
    }

    /** Opens the file again before the next line is written. */
    public void reopen() {
        reopen = true;
        wake();
    }

    private void run() {
        var batch = new ArrayList<AccessLogEntry>(BATCH);
        try (sink) {
            while (!ended || !queue.isEmpty()) {
                reopenIfAsked();
                while (batch.size() < BATCH && !queue.isEmpty()) {
                    batch.add(queue.poll());
                }
                if (batch.isEmpty()) {
                    sleep();
                } else {
                    write(batch);
                    batch.clear();
                }
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (IOException cause) {
            complain(cause);
        }
    }

    /** Until there is something to do. */
    private void sleep() throws InterruptedException {
        asleep = true;
        if (queue.isEmpty() && !reopen && !ended) {
            LockSupport.park(this);
        }
        asleep = false;
        if (!ended) {
            Thread.sleep(GATHER_MILLIS);
        }
    }

    private void reopenIfAsked() {
        if (reopen) {
            reopen = false;
            try {
                sink.reopen();
            } catch (IOException cause) {
                complain(cause);
            }
        }
    }

    private void write(ArrayList<AccessLogEntry> batch) {
        var text = new StringBuilder(batch.size() * 128);
        batch.forEach(entry -> format.append(text, entry));
        var lost = dropped.sum();
        if (lost > reported) {
            format.appendDropped(text, lost - reported);
        }
        try {
            sink.write(text.toString());
            reported = lost;
        } catch (IOException cause) {
            dropped.add(batch.size());
            complain(cause);
        }
    }

    private void complain(IOException cause) {
        var now = System.nanoTime();
        if (now - lastComplaint >= COMPLAINT_NANOS) {
            lastComplaint = now;
            LOG.warnf("the access log can't be written: %s", cause.getMessage());
        }
    }

    /** Writes what waits, at most two seconds long, then stops. */
    @Override
    public void close() {
        ended = true;
        wake();
        try {
            writer.join(2000);
        } catch (InterruptedException hurry) {
            Thread.currentThread().interrupt();
        }
        writer.interrupt();
    }
}
