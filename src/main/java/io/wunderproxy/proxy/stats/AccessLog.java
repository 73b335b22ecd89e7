package io.wunderproxy.proxy.stats;

import java.io.IOException;
import java.lang.invoke.VarHandle;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jboss.logging.Logger;

/**
 * One line a request. Each event loop has a {@link LoopLog}, which a thread of the log's own empties: it formats and writes, so a slow
 * log never slows a request down. When there is no room, requests are left out, counted, and the log says how many.
 */
public final class AccessLog implements AutoCloseable {
    /** Takes the lines; used by one thread. */
    public interface Sink extends AutoCloseable {
        /** Writes whole lines, each with its line feed: the first bytes of an array that is used again. */
        void write(byte[] lines, int length) throws IOException;

        /** Opens the file again, which somebody has moved. */
        default void reopen() throws IOException {}

        @Override
        default void close() throws IOException {}
    }

    private static final Logger LOG = Logger.getLogger(AccessLog.class);
    private static final int BATCH = 512;
    private static final long COMPLAINT_NANOS = TimeUnit.MINUTES.toNanos(1);

    /** Lines are written together that come within this time: to wake the writer for each would cost more than to write it. */
    private static final long GATHER_MILLIS = 10;

    /** So often the writer finds nothing before it has itself waked: under load no event loop has to. */
    private static final int MOST_VAIN_LOOKS = 100;

    private final List<LoopLog> loops = new CopyOnWriteArrayList<>();
    private final LogText text = new LogText();
    private final AccessLogFormat format;
    private final Sink sink;
    private final Thread writer;
    private volatile boolean asleep;
    private volatile boolean reopen;
    private volatile boolean ended;
    /** Requests whose lines could not be written. */
    private volatile long unwritten;

    private int vainLooks;
    private long reported;
    private long lastComplaint = System.nanoTime() - COMPLAINT_NANOS;

    public AccessLog(AccessLogFormat format, Sink sink) {
        this.format = format;
        this.sink = sink;
        writer = Thread.ofPlatform().daemon().name("access-log").start(this::run);
    }

    /** Where one event loop logs, or anybody else on a thread of their own: only one thread may log there. */
    public LoopLog forLoop() {
        var loop = new LoopLog(this);
        add(List.of(loop));
        return loop;
    }

    void add(List<LoopLog> more) {
        loops.addAll(more);
    }

    void wakeIfAsleep() {
        if (asleep) {
            wake();
        }
    }

    private void wake() {
        asleep = false;
        LockSupport.unpark(writer);
    }

    /** The number of requests that are missing, because the log was too slow or could not be written. */
    public long dropped() {
        var dropped = unwritten;
        for (var loop : loops) {
            dropped += loop.dropped();
        }
        return dropped;
    }

    /** Opens the file again before the next line is written. */
    public void reopen() {
        reopen = true;
        wake();
    }

    private void run() {
        try (sink) {
            for (var last = false; !last; ) {
                last = ended;
                reopenIfAsked();
                while (writeBatch()) {
                    last = false;
                    vainLooks = 0;
                    reopenIfAsked();
                }
                if (!last) {
                    sleep();
                }
            }
        } catch (InterruptedException stop) {
            Thread.currentThread().interrupt();
        } catch (IOException cause) {
            complain(cause);
        }
    }

    /** Until there may be something to do. */
    private void sleep() throws InterruptedException {
        if (++vainLooks > MOST_VAIN_LOOKS) {
            asleep = true;
            VarHandle.fullFence();
            if (isEmpty() && !reopen && !ended) {
                LockSupport.park(this);
            }
            asleep = false;
            vainLooks = 0;
        }
        if (!ended) {
            Thread.sleep(GATHER_MILLIS);
        }
    }

    private boolean isEmpty() {
        for (var loop : loops) {
            if (loop.added() != loop.taken()) {
                return false;
            }
        }
        return true;
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

    /** Writes some of what waits, in the order in which it ended; false if there is nothing. */
    private boolean writeBatch() {
        var all = loops.toArray(LoopLog[]::new);
        var left = new long[all.length];
        for (var i = 0; i < all.length; i++) {
            left[i] = all[i].added() - all[i].taken();
        }
        text.clear();
        var lines = 0;
        for (var earliest = earliest(all, left); earliest >= 0 && lines < BATCH; earliest = earliest(all, left)) {
            format.append(text, all[earliest].first());
            all[earliest].take();
            left[earliest]--;
            lines++;
        }
        if (lines > 0) {
            write(lines);
        }
        return lines > 0;
    }

    /** The loop whose first request ended before those of the others; -1 if there is none. */
    private static int earliest(LoopLog[] all, long[] left) {
        var earliest = -1;
        for (var i = 0; i < all.length; i++) {
            if (left[i] > 0 && (earliest < 0 || all[i].first().ended < all[earliest].first().ended)) {
                earliest = i;
            }
        }
        return earliest;
    }

    private void write(int lines) {
        var lost = dropped();
        if (lost > reported) {
            format.appendDropped(text, lost - reported);
        }
        try {
            sink.write(text.bytes(), text.length());
            reported = lost;
        } catch (IOException cause) {
            unwritten += lines;
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
