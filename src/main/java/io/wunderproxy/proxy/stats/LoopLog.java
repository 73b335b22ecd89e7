package io.wunderproxy.proxy.stats;

import java.lang.invoke.VarHandle;

/**
 * The requests of one event loop that are still to be written to the access log. Only that loop adds, and only the log's thread takes:
 * neither ever waits for the other, and no request makes an object here. When there is no room, requests are left out and counted.
 */
public final class LoopLog {
    /** Requests that may wait. */
    static final int CAPACITY = 4096;

    private static final int ADDED = 0;
    private static final int DROPPED = 1;

    private final AccessLog log;
    private final LogRecord[] places = new LogRecord[CAPACITY];
    /** The counters of this loop; those of the log's thread are apart from them. */
    private final Cells ofLoop = new Cells(2);

    private final Cells taken = new Cells(1);
    private long added;
    private long takenBefore;

    LoopLog(AccessLog log) {
        this.log = log;
    }

    /** The place for one more request, to be filled before {@link #add}; null if there is no room. */
    public LogRecord next() {
        if (added - takenBefore == CAPACITY) {
            takenBefore = taken.get(0);
            if (added - takenBefore == CAPACITY) {
                ofLoop.add(DROPPED, 1);
                return null;
            }
        }
        var place = (int) added & CAPACITY - 1;
        var next = places[place];
        if (next == null) {
            next = new LogRecord();
            places[place] = next;
        }
        return next;
    }

    /** Adds the request that was filled in. */
    public void add() {
        added++;
        ofLoop.add(ADDED, 1);
        // The log's thread says that it sleeps and then looks here; one of both must see the other.
        VarHandle.fullFence();
        log.wakeIfAsleep();
    }

    // ---- for the log's thread ----

    /** How many were ever added. */
    long added() {
        return ofLoop.get(ADDED);
    }

    /** How many were ever taken. */
    long taken() {
        return taken.get(0);
    }

    /** The first one that was not taken; there must be one. */
    LogRecord first() {
        return places[(int) taken() & CAPACITY - 1];
    }

    /** Gives the place of the first one back. */
    void take() {
        first().clear();
        taken.add(0, 1);
    }

    /** How many were left out; for any thread. */
    long dropped() {
        return ofLoop.get(DROPPED);
    }
}
